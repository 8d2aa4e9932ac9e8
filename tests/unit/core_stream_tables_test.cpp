// Where a stream's structures are looked up: split and format of the stream table, addresses beyond the
// output size, and Reserved encodings of STE and CD table (6.3.25, 7.3.4, 3.4.3, 5.2).
#include "tests/support/events.h"
#include "tests/unit/core_config.h"
#include "tlm/core/event_record.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

constexpr u64 kStes = 0x8'0000, kBypass = ste::kBypass | ste::V;

// FetchAddr[55:3] of the record, bits [247:195].
u64 recorded_fetch_address(const Configuration& c, u32 sid) {
  REQUIRE(c.fault.has_value());
  const spec::Event e = event_record(*c.fault, {.who = {.sid = sid}});
  const EventWords record{e.w};
  CHECK(record.type() == event::F_STE_FETCH);
  return record.fetch_address();
}

}  // namespace

TEST_CASE("SPLIT 8 and 10 take effect and every other value behaves as 6") {
  for (u32 split = 0; split < 32; ++split) {
    // StreamID 0xABCD: its level 1 index is StreamID[15:SPLIT] (6.3.25).
    const u64 index = split == 8 ? 0xAB : split == 10 ? 0x2A : 0x2AF;
    ConfigTables f(strtab::two_level(split, 16));
    f.find(0xABCD);
    CAPTURE(split);
    CHECK(f.memory.reads == std::vector<u64>{kStrtab + 8 * index});
    // Span is 1 to SPLIT + 1 (7.3.3), so it also shows the effective SPLIT.
    const u64 most = split == 8 ? 9 : split == 10 ? 11 : 7;
    f.memory.words[kStrtab + 8 * index] = kStes | l1std::span(most + 1);
    check_fault(f.find(0xABCD), C_BAD_STREAMID);
    f.memory.words[kStrtab + 8 * index] = kStes | l1std::span(most);
    check_fault(f.find(0xABCD), C_BAD_STE);  // found, and all zero
    CHECK(f.memory.reads.back() == kStes + 64 * (0xABCD & ((1 << (most - 1)) - 1)));
  }
}

TEST_CASE("the Reserved formats of the stream table are linear") {
  for (const u32 fmt : {0u, 2u, 3u}) {
    ConfigTables f(strtab::fmt(fmt) | strtab::split(6) | strtab::log2size(8));
    f.find(0x42);
    CHECK(f.memory.reads == std::vector<u64>{kStrtab + 64 * 0x42});
  }
}

TEST_CASE("a stream table smaller than its split has one descriptor and no StreamID beyond LOG2SIZE") {
  ConfigTables f(strtab::two_level(10, 4));
  f.memory.words[kStrtab] = kStes | l1std::span(11);  // Span up to SPLIT + 1 (6.3.25, Note)
  f.memory.words[kStes + 64 * 15] = kSte0 | kCds;
  f.memory.words[kStes + 64 * 16] = kSte0 | kCds;
  f.memory.words[kCds] = kCd0;
  CHECK_FALSE(f.find(15).fault.has_value());
  CHECK(f.memory.reads == std::vector<u64>{kStrtab, kStes + 64 * 15, kCds});
  f.memory.reads.clear();
  check_fault(f.find(16), C_BAD_STREAMID);
  CHECK(f.memory.reads.empty());
}

TEST_CASE("a level 2 stream table beyond the output size is F_STE_FETCH without an access") {
  for (const unsigned oas : {32u, 40u, 48u}) {
    ConfigTables f(strtab::two_level(8, 16), {.oas_bits = oas});
    for (unsigned high = oas; high <= 55; ++high) {
      f.memory.reads.clear();
      f.memory.words[kStrtab + 8] = bit(high) | kStes | l1std::span(9);
      f.memory.words[bit(high) + kStes + 64 * 2] = kBypass;  // must not be read
      f.memory.words[kStes + 64 * 2] = kBypass;              // nor is the address truncated (3.4.3, 5)
      const Configuration found = f.find(0x102);
      // Bits [55:OAS] of FetchAddr are RES0 (7.3.4).
      CHECK(recorded_fetch_address(found, 0x102) == kStes + 64 * 2);
      CHECK(f.memory.reads == std::vector<u64>{kStrtab + 8});
    }
    f.memory.words[kStrtab + 8] = bit(oas - 1) | l1std::span(9);
    f.memory.words[bit(oas - 1) + 64 * 2] = kBypass;
    CHECK_FALSE(f.find(0x102).fault.has_value());
    f.memory.words[kStrtab + 8] = bit(56) | kStes | l1std::span(9);  // L2Ptr ends at bit 55 (5.1)
    CHECK_FALSE(f.find(0x102).fault.has_value());
  }
}

TEST_CASE("an aborted fetch of an STE or L1STD records its address with no bit at or above the output size") {
  ConfigTables f(strtab::two_level(6, 12), {.oas_bits = 36});
  f.memory.words[kStrtab + 8] = 0xF'FFFF'F000 | l1std::span(7);
  f.memory.aborts = {0xF'FFFF'F000, kStrtab + 16};
  CHECK(recorded_fetch_address(f.find(0x40), 0x40) == 0xF'FFFF'F000);
  CHECK(recorded_fetch_address(f.find(0x80), 0x80) == kStrtab + 16);
}

TEST_CASE("the stream table's base has no bits at and above the output size linear or not") {
  // They are RES0 (6.3.24).
  ConfigTables linear(8, {.oas_bits = 40}, bit(40) | kStrtab);
  linear.find(5);
  CHECK(linear.memory.reads == std::vector<u64>{kStrtab + 64 * 5});
  ConfigTables split(strtab::two_level(6, 16), {.oas_bits = 40}, bit(40) | kStrtab);
  split.find(0x80);
  CHECK(split.memory.reads == std::vector<u64>{kStrtab + 16});
}

TEST_CASE("S1DSS 0b11 terminates transactions without a SubstreamID as 0b00 does") {
  ConfigTables f;
  f.ste(1, kSte0 | kCds | ste::s1_cd_max(2), ste::s1_dss(0b11));
  f.memory.words[kCds] = kCd0;
  f.memory.words[kCds + 8] = 0x10'0000;
  check_fault(f.find(1), F_STREAM_DISABLED);
  CHECK(f.find(1, true, 0).stage1);  // CD 0 stays that of SubstreamID 0, as with 0b00
}

TEST_CASE("S1Fmt 0b11 is one linear table of CDs") {
  for (const unsigned levels : {1u, 2u}) {  // without two-level tables too, by the pseudocode of 5.2.2
    ConfigTables f(8, {.cd_table_levels = levels});
    f.ste(1, kSte0 | kCds | ste::s1_fmt(3) | ste::s1_cd_max(8), 0);
    f.memory.words[kCds + 64 * 200] = kCd0;
    const Configuration found = f.find(1, true, 200);
    CHECK_FALSE(found.fault.has_value());
    CHECK(f.memory.reads == std::vector<u64>{kStrtab + 64, kCds + 64 * 200});
  }
}

TEST_CASE("two-level CD tables are ILLEGAL where IDR0.CD2L is 0 unless there are no substreams") {
  const auto valid = [](u64 fmt, u64 cdmax, const SmmuFeatures& f) {
    return parse_ste({{kSte0 | kCds | ste::s1_fmt(fmt) | ste::s1_cd_max(cdmax)}}, f).has_value();
  };
  const SmmuFeatures one{.cd_table_levels = 1}, two{}, none{.ssid_bits = 0, .cd_table_levels = 1};
  for (const u64 fmt : {0b01, 0b10}) {
    CHECK_FALSE(valid(fmt, 4, one));
    CHECK(valid(fmt, 4, two));
    CHECK(valid(fmt, 0, one));  // IGNORED (5.2 S1Fmt)
    CHECK(valid(fmt, 4, none));
  }
}

}  // namespace smmu_vp::test
