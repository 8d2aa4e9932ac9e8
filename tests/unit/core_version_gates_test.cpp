// Fields that exist from a certain version on, as seen in walks; and walks of NS-EL2 and of small tables with
// 52-bit output (5.2, 5.4, 13.4.3).
#include "tests/unit/core_config.h"
#include "tlm/core/stream_table_entry.h"
#include "tlm/core/walk.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

struct Walks {
  WordMemory memory;
  WalkCache cache{0};
  Stage2Walker stage2;
  Walker walker;

  explicit Walks(unsigned oas_bits = 48)
      : stage2(memory, cache, oas_bits, silent_facts()),
        walker(memory, cache, stage2, oas_bits, silent_facts()) {}
  // The event of an access through a TBU; nothing if the access succeeds.
  spec::EventId event(const Context& context, const spec::Access& access) {
    const auto va = canonical_address(context, access);
    if (!va) return F_TRANSLATION;
    const auto fault = walker.walk(1, {.stage1 = &context}, walk_request(access, *va)).fault;
    return fault ? fault->event : spec::EventId{};
  }
};
constexpr spec::EventId kNone{};

// Stage 2 alone: VMID 1, T0SZ 32, SL0 1, 4 KB, PS, AA64, R.
StreamConfig stage2_stream(unsigned version, u64 ps = 5, unsigned oas_bits = 48) {
  const auto stream = parse_ste({{0xD, 0, 0x0408'0060'0000'0001 | ps << 48, 0x90'0000}},
                                {.version = version, .s2 = true, .oas_bits = oas_bits});
  REQUIRE(stream.has_value());
  return *stream;
}
constexpr u64 ips(u64 value) {
  return (kCd0 & ~cd::ips(0b111)) | cd::ips(value);
}
// Both tables have 39-bit input and 4 KB: T0SZ and T1SZ 25, TG1 4 KB; TTB0 and TTB1 with HAD and E0PD.
Context two_tables(unsigned version, u64 more0, u64 more1) {
  const auto context =
      cd_of(0x0042'C205'8099'3519, 0x10'0000 | more0, 0x11'0000 | more1, {.version = version});
  REQUIRE(context.has_value());
  return *context;
}
constexpr u64 kLow = 0x1000, kHigh = 0xFFFF'FF80'0000'1000;
// One page in either table. APTable[0] of its level 1 descriptor denies unprivileged reads.
void map_both(Walks& w) {
  w.memory.words = {{0x10'0000, 0x2000'0000'0020'0003},
                    {0x11'0000, 0x2000'0000'0020'0003},
                    {0x20'0000, 0x30'0003},
                    {0x30'0008, 0x5000 | 0xC43}};
}

}  // namespace

TEST_CASE("SMMUv3.0 has one stage 2 XN bit for both privileges and later versions two") {
  // XN[1:0] in bits 54:53. Without IDR3.XNX, PRIV is not used (13.4.3); with it, 0b01 is for EL0 alone, 0b11
  // for EL1.
  const bool user0[] = {true, true, false, false}, priv0[] = {true, true, false, false};
  const bool user1[] = {true, true, false, false}, priv1[] = {true, false, false, true};
  for (const unsigned version : {0u, 1u, 3u}) {
    const StreamConfig stream = stage2_stream(version);
    for (u64 xn = 0; xn < 4; ++xn) {
      Walks w;
      w.memory.words = {{0x90'0000, 0x4000'0000 | 0x7FD | xn << 53}};
      const auto runs = [&](bool priv) {
        return !w.walker
                    .walk(1, {.stage2 = &stream.s2},
                          {.address = 0x1000, .intent = {.read = true, .exec = true, .priv = priv}})
                    .fault;
      };
      CAPTURE(version);
      CAPTURE(xn);
      CHECK(runs(false) == (version == 0 ? user0 : user1)[xn]);
      CHECK(runs(true) == (version == 0 ? priv0 : priv1)[xn]);
    }
  }
}

TEST_CASE("an output size of 52 bits means 48 in SMMUv3.0 and one of 56 bits means 52 up to SMMUv3.3") {
  for (const u64 ps : {6, 7}) {
    // OAS caps both, so only 52 bits show what the field itself means.
    CHECK(cd_of(ips(ps), 0, 0, {.version = 0, .oas_bits = 52})->output_bits == 48);
    CHECK(stage2_stream(0, ps, 48).s2.output_bits == 48);
    CHECK(cd_of(ips(ps), 0, 0, {.version = 0, .oas_bits = 40})->output_bits == 40);
    for (const unsigned version : {1u, 2u, 3u}) {
      CHECK(cd_of(ips(ps), 0, 0, {.version = version, .oas_bits = 52})->output_bits == 52);
      CHECK(stage2_stream(version, ps, 52).s2.output_bits == 52);
      CHECK(stage2_stream(version, ps, 40).s2.output_bits == 40);
    }
  }
}

TEST_CASE("S1ContextPtr beyond the output size is C_BAD_STE except in SMMUv3.0, which truncates it") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    ConfigTables f(8, {.version = version, .oas_bits = 40});
    f.ste(1, kSte0 | u64{1} << 40 | kCds);
    f.memory.words[kCds] = kCd0;
    const Configuration found = f.find(1);
    if (version != 0) {
      check_fault(found, C_BAD_STE);  // 3.4.3 (1)
      continue;
    }
    CHECK_FALSE(found.fault.has_value());
    CHECK(f.memory.reads == std::vector<u64>{kStrtab + 64, kCds});
  }
}

TEST_CASE("HAD0 and HAD1 each disable hierarchical attributes of their own table from SMMUv3.1 on") {
  for (const unsigned version : {0u, 1u, 3u}) {
    Walks w;
    map_both(w);
    const auto reads = [&](u64 had0, u64 had1, u64 va) {
      return w.event(two_tables(version, had0 << 1, had1 << 1), {.address = va}) == kNone;
    };
    CAPTURE(version);
    CHECK_FALSE(reads(0, 0, kLow));
    CHECK_FALSE(reads(0, 0, kHigh));
    CHECK(reads(1, 0, kLow) == (version >= 1));  // IDR3.HAD is 0 in SMMUv3.0 here: IGNORED
    CHECK_FALSE(reads(1, 0, kHigh));
    CHECK_FALSE(reads(0, 1, kLow));
    CHECK(reads(0, 1, kHigh) == (version >= 1));
    CHECK(w.event(two_tables(version, 0, 0), {.address = kLow}) == F_PERMISSION);
  }
}

TEST_CASE("E0PD0 and E0PD1 each deny their own table to unprivileged accesses from SMMUv3.3 on") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    Walks w;
    map_both(w);
    w.memory.words[0x10'0000] = w.memory.words[0x11'0000] = 0x20'0003;
    const auto denied = [&](u64 e0pd0, u64 e0pd1, u64 va, bool priv) {
      const spec::EventId event = w.event(two_tables(version, e0pd0 << 2, e0pd1 << 2),
                                          {.address = va, .intent = {.read = true, .priv = priv}});
      if (event != kNone) CHECK(event == F_TRANSLATION);  // 5.4 E0PD0
      return event != kNone;
    };
    CAPTURE(version);
    CHECK_FALSE(denied(0, 0, kLow, false));
    CHECK(denied(1, 0, kLow, false) == (version == 3));
    CHECK_FALSE(denied(1, 0, kHigh, false));
    CHECK_FALSE(denied(0, 1, kLow, false));
    CHECK(denied(0, 1, kHigh, false) == (version == 3));
    CHECK_FALSE(denied(1, 1, kLow, true));
    CHECK_FALSE(denied(1, 1, kHigh, true));
  }
}

TEST_CASE("an address in the upper half is F_TRANSLATION in NS-EL2 whatever TBI says") {
  const SmmuFeatures f{.hyp = true};
  for (const bool e2h : {false, true}) {
    const auto stream = parse_ste({{kSte0 | kCds, u64{1} << 31}}, f, {.e2h = e2h});
    REQUIRE(stream.has_value());
    for (u64 tbi = 0; tbi < 4; ++tbi) {
      Walks w;
      map_both(w);
      w.memory.words[0x10'0000] = w.memory.words[0x11'0000] = 0x20'0003;
      const auto c = cd_of(0x0042'C205'8099'3519 | tbi << 38, 0x10'0000, 0x11'0000, f, *stream);
      REQUIRE(c.has_value());
      CHECK(w.event(*c, {.address = kLow}) == kNone);
      w.memory.reads.clear();
      // VA[55] is 1: there is no second table (5.4.1), but with E2H there is.
      CHECK(w.event(*c, {.address = kHigh}) == (e2h ? kNone : F_TRANSLATION));
      CHECK(w.memory.reads.empty() == !e2h);
      const u64 tagged = 0x00FF'FF80'0000'1000;
      CHECK(w.event(*c, {.address = tagged}) == (e2h && (tbi & 2) != 0 ? kNone : F_TRANSLATION));
      CHECK(w.event(*c, {.address = 0xAB00'0000'0000'1000}) == ((tbi & 1) != 0 ? kNone : F_TRANSLATION));
    }
  }
}

TEST_CASE("with 52-bit output a small first table is aligned to 64 bytes at least") {
  // 64 KB and TxSZ 47: two descriptors, 16 bytes.
  const SmmuFeatures f{.s2 = true, .oas_bits = 52};
  for (const u64 ps : {5, 6}) {
    const u64 table = ps == 6 ? 0x10'0000 : 0x10'0030;
    Walks w(52);
    const auto context = cd_of((ips(ps) & ~u64{0x3F}) | cd::tg0(1) | 47, 0x10'0030, 0, f);
    REQUIRE(context.has_value());
    w.event(*context, {.address = 0x1'0000});
    CHECK(w.memory.reads == std::vector<u64>{table + 8});
    w.memory.reads.clear();
    const auto stream = parse_ste({{0xD, 0, 0x0408'4000'0000'0001 | u64{47} << 32 | ps << 48, 0x10'0030}}, f);
    REQUIRE(stream.has_value());
    w.walker.walk(1, {.stage2 = &stream->s2}, {.address = 0x1'0000});
    CHECK(w.memory.reads == std::vector<u64>{table + 8});
  }
}

}  // namespace smmu_vp::test
