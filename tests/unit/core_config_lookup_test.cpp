// Stream and CD table walks, and every ILLEGAL condition of STE and CD that stage 1 knows (5.1 to 5.4).
#include <doctest/doctest.h>

#include "tests/unit/core_config.h"
#include "tlm/core/config_cache.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

using Fixture = ConfigTables;

std::optional<StreamConfig> ste_of(u64 w0, u64 w1, const SmmuFeatures& f = {}) {
  return parse_ste({{w0, w1}}, f);
}

}  // namespace

TEST_CASE("a StreamID beyond the table, or beyond what is implemented, is C_BAD_STREAMID") {
  Fixture f;
  check_fault(f.find(256), C_BAD_STREAMID);
  check_fault(f.find(0xFFFF'FFFF), C_BAD_STREAMID);
  Fixture wide(32);  // LOG2SIZE above SIDSIZE counts as SIDSIZE
  check_fault(wide.find(0x1'0000), C_BAD_STREAMID);
  CHECK(wide.memory.reads.empty());
  Fixture huge(63);  // any register value must be handled: the base is aligned to 0
  huge.find(1);
  CHECK(huge.memory.reads == std::vector<u64>{64});
}

TEST_CASE("two-level stream tables are looked up by L1STD.Span and L2Ptr") {
  constexpr u64 kStes = 0x8'0000;
  Fixture f(strtab::two_level(8, 16));
  f.memory.words[kStrtab + 8 * 1] = kStes | l1std::span(3);  // 4 STEs
  f.memory.words[kStes + 64 * 2] = kSte0 | kCds;
  f.memory.words[kCds] = kCd0;
  CHECK_FALSE(f.find(0x102).fault.has_value());
  CHECK(f.memory.reads[0] == kStrtab + 8);
  CHECK(f.memory.reads[1] == kStes + 64 * 2);
  check_fault(f.find(0x104), C_BAD_STREAMID);  // outside the span
  check_fault(f.find(0x200), C_BAD_STREAMID);  // Span 0
  f.memory.words[kStrtab + 8 * 2] = kStes | l1std::span(12);
  check_fault(f.find(0x200), C_BAD_STREAMID);  // Reserved
  f.memory.words[kStrtab + 8 * 2] = kStes | l1std::span(10);
  check_fault(f.find(0x200), C_BAD_STREAMID);                           // above SPLIT + 1
  f.memory.words[kStrtab + 8 * 2] = (kStes + 64 * 3) | l1std::span(2);  // two STEs: aligned to 128 bytes
  f.find(0x200);
  CHECK(f.memory.reads[f.memory.reads.size() - 2] == kStes + 64 * 2);  // then its CD
  f.memory.aborts = {kStrtab + 8};
  check_fault(f.find(0x102), F_STE_FETCH, kStrtab + 8);
}

TEST_CASE("an aborted STE fetch is F_STE_FETCH with its address") {
  Fixture f;
  f.memory.aborts = {kStrtab + 64 * 3};
  check_fault(f.find(3), F_STE_FETCH, kStrtab + 64 * 3);
}

TEST_CASE("Config 0b000 aborts, 0b0xx too, 0b100 bypasses, and neither reads a CD") {
  Fixture f;
  f.ste(1, ste::kAbort | ste::V);
  f.ste(2, ste::config(0b011) | ste::V);
  f.ste(3, ste::kBypass | ste::V);
  CHECK(f.find(1).stream.path == StreamConfig::Path::kAbort);
  CHECK(f.find(2).stream.path == StreamConfig::Path::kAbort);
  CHECK(f.find(3).stream.path == StreamConfig::Path::kBypass);
  CHECK_FALSE(f.find(3).stage1);
  check_fault(f.find(3, true, 0), C_BAD_SUBSTREAMID);
  CHECK(f.memory.reads.size() == 5);
}

TEST_CASE("each ILLEGAL condition of an STE is found") {
  CHECK(ste_of(kSte0 | kCds, 0).has_value());
  CHECK_FALSE(ste_of(kSte0 & ~ste::V, 0).has_value());
  CHECK_FALSE(ste_of(ste::kStage2 | ste::V, 0).has_value());       // stage 2 without IDR0.S2P
  CHECK_FALSE(ste_of(ste::kNested | ste::V, 0).has_value());       // nested
  CHECK_FALSE(ste_of(kSte0, ste::eats(2)).has_value());            // EATS split-stage without stage 2
  CHECK(ste_of(ste::kBypass | ste::V, ste::eats(2)).has_value());  // but EATS is ignored in bypass
  CHECK(ste_of(kSte0, ste::eats(3))->eats == 0);                   // Reserved without a DPT
  CHECK(ste_of(kSte0, ste::eats(1))->eats == 1);
  CHECK(ste_of(ste::kBypass | ste::V, ste::eats(1))->eats == 0);  // 0b100: effectively 0b00
  CHECK(ste_of(kSte0, ste::S1STALLD)->s1stalld);
  CHECK_FALSE(ste_of(kSte0, ste::S1STALLD, {.stall_model = 1}).has_value());
  CHECK_FALSE(ste_of(kSte0, ste::S1STALLD, {.stall_model = 2}).has_value());
  CHECK(ste_of(kSte0 | ste::s1_cd_max(20), 0)->s1cdmax == 20);
  CHECK_FALSE(ste_of(kSte0 | ste::s1_cd_max(21), 0).has_value());
  CHECK_FALSE(ste_of(kSte0 | ste::s1_cd_max(9), 0, {.ssid_bits = 8}).has_value());
  CHECK(ste_of(kSte0 | ste::s1_cd_max(9), 0, {.ssid_bits = 0})->s1cdmax == 0);  // ignored
  CHECK_FALSE(ste_of(kSte0 | ste::s1_cd_max(4) | ste::s1_fmt(1), 0, {.cd_table_levels = 1}).has_value());
  CHECK(ste_of(kSte0 | ste::s1_fmt(1), 0, {.cd_table_levels = 1}).has_value());  // S1CDMax 0: ignored
  CHECK_FALSE(ste_of(kSte0 | u64{1} << 48, 0).has_value());                      // S1ContextPtr beyond OAS
  CHECK_FALSE(ste_of(kSte0 | u64{1} << 40, 0, {.oas_bits = 40}).has_value());
  CHECK(ste_of(kSte0, ste::strw(3)).has_value());  // STRW is RES0 without Hyp
}

TEST_CASE("each ILLEGAL condition of a CD is found") {
  CHECK(cd_of(kCd0).has_value());
  CHECK_FALSE(cd_of(kCd0 & ~cd::V).has_value());
  CHECK_FALSE(cd_of(kCd0 & ~cd::AA64).has_value());
  CHECK_FALSE(cd_of(kCd0 | cd::ENDI).has_value());
  CHECK_FALSE(cd_of(kCd0 | cd::HD).has_value());
  CHECK_FALSE(cd_of(kCd0 | cd::HA).has_value());
  const u64 stall = kCd0 | cd::S;
  CHECK(cd_of(stall).has_value());
  CHECK_FALSE(cd_of(stall, 0, 0, {}, {.s1stalld = true}).has_value());
  CHECK_FALSE(cd_of(stall, 0, 0, {.stall_model = 1}).has_value());
  CHECK_FALSE(cd_of(kCd0, 0, 0, {.stall_model = 2}).has_value());
  CHECK(cd_of(stall, 0, 0, {.stall_model = 2}).has_value());
  CHECK(cd_of(kCd0 & ~cd::A).has_value());  // A = 0
  CHECK_FALSE(cd_of(kCd0 & ~cd::A, 0, 0, {.term_model = 1}).has_value());
  CHECK(cd_of(kCd0, 0, 0, {.asid_bits = 8}).has_value());
  CHECK_FALSE(cd_of(kCd0 | u64{1} << 56, 0, 0, {.asid_bits = 8}).has_value());
  const auto t0sz = [](u64 n) { return (kCd0 & ~cd::t0sz(0b11'1111)) | cd::t0sz(n); };
  CHECK_FALSE(cd_of(t0sz(15)).has_value());
  CHECK(cd_of(t0sz(48)).has_value());
  CHECK_FALSE(cd_of(t0sz(49)).has_value());
  CHECK(cd_of(t0sz(47) | cd::tg0(1)).has_value());  // 64KB
  CHECK_FALSE(cd_of(t0sz(48) | cd::tg0(1)).has_value());
  CHECK_FALSE(cd_of(kCd0 | cd::tg0(3)).has_value());  // TG0 Reserved
  CHECK_FALSE(cd_of(kCd0 | cd::tg0(2), 0, 0, {.granule_16k = false}).has_value());
  CHECK_FALSE(cd_of(kCd0, u64{1} << 48).has_value());  // TTB0 beyond IPS
  const u64 ips36 = (kCd0 & ~cd::ips(0b111)) | cd::ips(1);
  CHECK(cd_of(ips36, 0xF'FFFF'F000).has_value());
  CHECK_FALSE(cd_of(ips36, 0x10'0000'0000).has_value());
}

TEST_CASE("CD.EPDx disables the checks of its own table's fields only") {
  const u64 epd0 = kCd0 | cd::EPD0;
  CHECK(cd_of(epd0 | cd::t0sz(63) | cd::tg0(3), ~u64{0}).has_value());
  const u64 both = kCd0 & ~cd::EPD1;  // EPD1 = 0: T1SZ 0, TG1 Reserved
  CHECK_FALSE(cd_of(both).has_value());
  CHECK(cd_of(both | cd::t1sz(16) | cd::tg1(2)).has_value());
  CHECK(cd_of(epd0 | cd::ENDI).has_value());  // both tables disabled: ENDI is ignored
}

TEST_CASE("the fields of a CD are unpacked to where translation reads them") {
  const u64 word = cd::asid(0x1234) | cd::ASET | cd::kAborts | cd::AA64 | cd::TBI0 | cd::TBI1 |
                   cd::ips(k48Bits) | cd::V | cd::EPD1 | cd::sh0(0b01) | cd::tg0(0b10) | cd::t0sz(17) |
                   cd::WXN | cd::PAN;
  const auto c = cd_of(word, 0x2000'0000, 0);
  REQUIRE(c.has_value());
  CHECK(c->asid == 0x1234);
  CHECK(c->tables[0].input_bits == 47);
  CHECK(c->tables[0].granule == Granule::k16K);
  CHECK(c->tables[0].base == 0x2000'0000);
  CHECK(c->tables[0].top_byte_ignored);
  CHECK(c->tables[1].top_byte_ignored);
  CHECK(c->tables[1].walk_disabled);
  CHECK(c->wxn);
  CHECK(c->fault_model.abort);
  CHECK(c->fault_model.record);
  CHECK_FALSE(c->fault_model.stall);
}

TEST_CASE("SubstreamIDs and S1DSS select CD, bypass or fault") {
  Fixture f;
  for (u64 i = 0; i < 4; ++i) f.memory.words[kCds + 64 * i] = kCd0 | cd::asid(i);
  for (u64 i = 0; i < 4; ++i) f.memory.words[kCds + 64 * i + 8] = 0x10'0000;
  f.ste(0, kSte0 | kCds);                                          // one CD
  f.ste(1, kSte0 | kCds | ste::s1_cd_max(2), ste::kDssTerminate);  // four CDs
  f.ste(2, kSte0 | kCds | ste::s1_cd_max(2), ste::kDssBypass);
  f.ste(3, kSte0 | kCds | ste::s1_cd_max(2), ste::kDssSubstream0);
  CHECK(f.find(0).context.asid == 0x42);
  check_fault(f.find(0, true, 0), C_BAD_SUBSTREAMID);
  check_fault(f.find(1), F_STREAM_DISABLED);
  CHECK(f.find(1, true, 0).context.asid == 0x42);
  CHECK(f.find(1, true, 1).context.asid == 0x43);
  check_fault(f.find(1, true, 4), C_BAD_SUBSTREAMID);
  CHECK_FALSE(f.find(2).stage1);
  CHECK_FALSE(f.find(2).fault.has_value());
  CHECK(f.find(2, true, 0).stage1);
  CHECK(f.find(3).context.asid == 0x42);
  check_fault(f.find(3, true, 0), F_STREAM_DISABLED);
  CHECK(f.find(3, true, 1).context.asid == 0x43);
}

TEST_CASE(
    "two-level CD tables with 4KB and 64KB leaves are split, and their V, pointer and aborts are checked") {
  constexpr u64 kLeaf = 0x9'0000;
  Fixture f;
  f.ste(0, kSte0 | kCds | ste::k4KLeaves | ste::s1_cd_max(12));   // 64 CDs a leaf
  f.ste(1, kSte0 | kCds | ste::k64KLeaves | ste::s1_cd_max(12));  // 1024 CDs a leaf
  f.memory.words[kCds + 8 * 2] = kLeaf | l1cd::V;
  f.memory.words[kLeaf + 64 * 3] = kCd0;
  CHECK(f.find(0, true, 2 * 64 + 3).stage1);
  f.memory.words[kLeaf + 64 * 5] = kCd0;
  CHECK(f.find(1, true, 2 * 1024 + 5).stage1);
  check_fault(f.find(0, true, 0), C_BAD_SUBSTREAMID);  // L1CD.V is 0
  f.memory.words[kCds] = bit(50) | l1cd::V;
  check_fault(f.find(0, true, 0), C_BAD_SUBSTREAMID);  // L2Ptr beyond the output size
  f.memory.aborts = {kCds + 8 * 2, kLeaf + 64 * 9};
  check_fault(f.find(0, true, 2 * 64), F_CD_FETCH, kCds + 16);
  f.memory.aborts.erase(kCds + 8 * 2);
  check_fault(f.find(0, true, 2 * 64 + 9), F_CD_FETCH, kLeaf + 64 * 9);
  check_fault(f.find(0, true, 2 * 64 + 1), C_BAD_CD);
}

TEST_CASE(
    "the configuration cache respects the scope of an invalidation and refuses fills that come too late") {
  ConfigCache cache(16);
  const ConfigRef ok{Configuration{}};
  const auto fill_all = [&] {
    for (const u32 selector : {1u, 2u, ConfigCache::kNoSubstream, ConfigCache::kStreamOnly}) {
      cache.fill(7, selector, ok, cache.epoch());
      cache.fill(8, selector, ok, cache.epoch());
    }
  };
  fill_all();
  cache.invalidate_context(7, 1, true);
  CHECK_FALSE(cache.find(7, 1));
  CHECK(cache.find(7, 2));
  CHECK(cache.find(8, 1));
  cache.invalidate_context(7, 0, true);  // CD 0 serves traffic without a SubstreamID
  CHECK_FALSE(cache.find(7, ConfigCache::kNoSubstream));
  cache.invalidate_context(7, 99, false);  // without Leaf: the L1CD and all CDs found through it
  CHECK_FALSE(cache.find(7, 2));
  CHECK(cache.find(7, ConfigCache::kStreamOnly));
  fill_all();
  cache.invalidate_contexts(7);
  CHECK_FALSE(cache.find(7, 2));
  CHECK(cache.find(7, ConfigCache::kStreamOnly));
  cache.invalidate_streams(7, 7, true);
  CHECK_FALSE(cache.find(7, ConfigCache::kStreamOnly));
  CHECK(cache.find(8, 2));
  const u64 before = cache.epoch();
  cache.invalidate_streams(0, 0, true);
  cache.fill(7, 1, ok, before);
  CHECK_FALSE(cache.find(7, 1));
  // Failed fetches are not cached (3.21.3); invalid structures are.
  Configuration failed;
  for (const spec::EventId event : {F_STE_FETCH, F_CD_FETCH}) {
    failed.fault = Fault{event};
    cache.fill(9, 1, ConfigRef{failed}, cache.epoch());
    CHECK_FALSE(cache.find(9, 1));
  }
  failed.fault = Fault{C_BAD_CD};
  cache.fill(9, 1, ConfigRef{failed}, cache.epoch());
  CHECK(cache.find(9, 1));
}

}  // namespace smmu_vp::test
