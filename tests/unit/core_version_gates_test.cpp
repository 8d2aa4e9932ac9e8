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

// Stage 2 alone: VMID 1, 4 KB, and S2PS.
constexpr u64 s2_word(u64 t0sz, u64 sl0, u64 tg, u64 ps) {
  return ste::S2R | ste::S2AA64 | ste::s2_t0sz(t0sz) | ste::s2_sl0(sl0) | ste::s2_tg(tg) | ste::s2_ps(ps) |
         ste::s2_vmid(1);
}
StreamConfig stage2_stream(unsigned version, u64 ps = 5, unsigned oas_bits = 48) {
  const auto stream = parse_ste({{ste::kStage2 | ste::V, 0, s2_word(32, 1, 0, ps), 0x90'0000}},
                                {.version = version, .s2 = true, .oas_bits = oas_bits});
  REQUIRE(stream.has_value());
  return *stream;
}
constexpr u64 ips(u64 value) {
  return (kCd0 & ~cd::ips(0b111)) | cd::ips(value);
}
// Both tables have 39-bit input and 4 KB; TTB0 and TTB1 with HAD and E0PD.
constexpr u64 kTwoTables =
    (kCd0 & ~(cd::EPD1 | cd::t0sz(0b11'1111))) | cd::t0sz(25) | cd::t1sz(25) | cd::tg1(0b10);
Context two_tables(unsigned version, u64 more0, u64 more1) {
  const auto context = cd_of(kTwoTables, 0x10'0000 | more0, 0x11'0000 | more1, {.version = version});
  REQUIRE(context.has_value());
  return *context;
}
constexpr u64 kLow = 0x1000, kHigh = 0xFFFF'FF80'0000'1000;
// One page in either table, whose first descriptor denies unprivileged reads.
void map_both(Walks& w) {
  w.memory.words = {{0x10'0000, 0x20'0000 | pte::kTableNoUser | pte::kTable},
                    {0x11'0000, 0x20'0000 | pte::kTableNoUser | pte::kTable},
                    {0x20'0000, 0x30'0000 | pte::kTable},
                    {0x30'0008, 0x5000 | pte::kUser | pte::kAf | pte::kNg | pte::kPage}};
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
      w.memory.words = {{0x90'0000, 0x4000'0000 | s2::kData | s2::xn(xn) | pte::kBlock}};
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
    f.ste(1, kSte0 | bit(40) | kCds);
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
    const auto reads = [&](bool had0, bool had1, u64 va) {
      return w.event(two_tables(version, had0 ? cd::HAD0 : 0, had1 ? cd::HAD0 : 0), {.address = va}) == kNone;
    };
    CAPTURE(version);
    CHECK_FALSE(reads(false, false, kLow));
    CHECK_FALSE(reads(false, false, kHigh));
    CHECK(reads(true, false, kLow) == (version >= 1));  // IDR3.HAD is 0 in SMMUv3.0 here: IGNORED
    CHECK_FALSE(reads(true, false, kHigh));
    CHECK_FALSE(reads(false, true, kLow));
    CHECK(reads(false, true, kHigh) == (version >= 1));
    CHECK(w.event(two_tables(version, 0, 0), {.address = kLow}) == F_PERMISSION);
  }
}

TEST_CASE("E0PD0 and E0PD1 each deny their own table to unprivileged accesses from SMMUv3.3 on") {
  for (const unsigned version : {0u, 1u, 2u, 3u}) {
    Walks w;
    map_both(w);
    w.memory.words[0x10'0000] = w.memory.words[0x11'0000] = 0x20'0000 | pte::kTable;
    const auto denied = [&](bool e0pd0, bool e0pd1, u64 va, bool priv) {
      const spec::EventId event = w.event(two_tables(version, e0pd0 ? cd::E0PD0 : 0, e0pd1 ? cd::E0PD0 : 0),
                                          {.address = va, .intent = {.read = true, .priv = priv}});
      if (event != kNone) CHECK(event == F_TRANSLATION);  // 5.4 E0PD0
      return event != kNone;
    };
    CAPTURE(version);
    CHECK_FALSE(denied(false, false, kLow, false));
    CHECK(denied(true, false, kLow, false) == (version == 3));
    CHECK_FALSE(denied(true, false, kHigh, false));
    CHECK_FALSE(denied(false, true, kLow, false));
    CHECK(denied(false, true, kHigh, false) == (version == 3));
    CHECK_FALSE(denied(true, true, kLow, true));
    CHECK_FALSE(denied(true, true, kHigh, true));
  }
}

TEST_CASE("an address in the upper half is F_TRANSLATION in NS-EL2 whatever TBI says") {
  const SmmuFeatures f{.hyp = true};
  for (const bool e2h : {false, true}) {
    const auto stream = parse_ste({{kSte0 | kCds, ste::kEl2}}, f, {.e2h = e2h});
    REQUIRE(stream.has_value());
    for (u64 tbi = 0; tbi < 4; ++tbi) {
      Walks w;
      map_both(w);
      w.memory.words[0x10'0000] = w.memory.words[0x11'0000] = 0x20'0000 | pte::kTable;
      const auto c = cd_of(kTwoTables | ((tbi & 1) != 0 ? cd::TBI0 : 0) | ((tbi & 2) != 0 ? cd::TBI1 : 0),
                           0x10'0000, 0x11'0000, f, *stream);
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
    const auto context = cd_of((ips(ps) & ~cd::t0sz(0b11'1111)) | cd::tg0(1) | cd::t0sz(47), 0x10'0030, 0, f);
    REQUIRE(context.has_value());
    w.event(*context, {.address = 0x1'0000});
    CHECK(w.memory.reads == std::vector<u64>{table + 8});
    w.memory.reads.clear();
    const auto stream = parse_ste({{ste::kStage2 | ste::V, 0, s2_word(47, 0, 1, ps), 0x10'0030}}, f);
    REQUIRE(stream.has_value());
    w.walker.walk(1, {.stage2 = &stream->s2}, {.address = 0x1'0000});
    CHECK(w.memory.reads == std::vector<u64>{table + 8});
  }
}

}  // namespace smmu_vp::test
