// STEs that enable stage 2 or choose a StreamWorld, CDs of EL2, and CD tables at IPAs (5.2, 5.4, 3.4.3).
#include <doctest/doctest.h>

#include "tests/unit/core_memory.h"
#include "tlm/core/config_cache.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/context_descriptor.h"
#include "tlm/core/permissions.h"
#include "tlm/core/register_file.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

constexpr SmmuFeatures kBoth{.s2 = true, .hyp = true};
constexpr u64 kS1 = 0xB, kS2 = 0xD, kNested = 0xF;  // V and Config
// VMID 1, T0SZ 32, SL0 1, 4 KB, PS 48 bits, AA64, R.
constexpr u64 kS2Word = 0x040D'0060'0000'0001;
constexpr u64 kTtb = 0x9'0000;

std::optional<StreamConfig> ste(u64 w0, u64 w1, u64 w2 = kS2Word, u64 ttb = kTtb,
                                const SmmuFeatures& f = kBoth, const SteControls& controls = {}) {
  return parse_ste({{w0, w1, w2, ttb}}, f, controls);
}
constexpr u64 bit(unsigned absolute) {
  return u64{1} << absolute % 64;
}
SmmuFeatures with(SmmuFeatures f, auto change) {
  change(f);
  return f;
}

}  // namespace

TEST_CASE("STE: stage 2 fields land where translation looks for them") {
  const auto c = ste(kS2, 0, kS2Word | bit(181) | bit(182) | bit(185));
  REQUIRE(c.has_value());
  CHECK(c->stage2);
  CHECK(c->path == StreamConfig::Path::kBypass);
  CHECK(c->vmid == 1);
  CHECK(c->s2.vmid == 1);
  CHECK(c->s2.base == kTtb);
  CHECK(c->s2.input_bits == 32);
  CHECK(c->s2.start_level == 1);
  CHECK(c->s2.output_bits == 48);
  CHECK(c->s2.access_flag_ignored);
  CHECK(c->s2.walks_protected);
  CHECK(c->s2.fault_model.abort);
  CHECK(c->s2.fault_model.record);
  CHECK(c->s2.fault_model.stall);
  CHECK(ste(kNested, 0)->path == StreamConfig::Path::kStage1);
  CHECK(ste(kNested, bit(89))->s2.forces_attributes);
  const auto v31 = with(kBoth, [](auto& f) { f.version = 1; });
  CHECK_FALSE(ste(kNested, bit(89), kS2Word, kTtb, v31)->s2.forces_attributes);
}

TEST_CASE("STE: each ILLEGAL condition of stage 2") {
  CHECK(ste(kS2, 0).has_value());
  CHECK_FALSE(ste(kS2, 0, kS2Word, kTtb, {}).has_value());    // IDR0.S2P is 0
  CHECK_FALSE(ste(kS2, 0, kS2Word & ~bit(179)).has_value());  // S2AA64
  CHECK_FALSE(ste(kS2, 0, kS2Word | bit(180)).has_value());   // S2ENDI
  CHECK_FALSE(ste(kS2, 0, kS2Word | bit(184)).has_value());   // S2HA without HTTU
  CHECK_FALSE(ste(kS2, 0, kS2Word | bit(183)).has_value());   // S2HD
  const auto httu = [](unsigned n) { return with(kBoth, [n](auto& f) { f.httu = n; }); };
  CHECK(ste(kS2, 0, kS2Word | bit(184), kTtb, httu(1))->s2.updates_access_flag);
  CHECK_FALSE(ste(kS2, 0, kS2Word | bit(183), kTtb, httu(1)).has_value());
  CHECK(ste(kS2, 0, kS2Word | bit(183) | bit(184), kTtb, httu(2))->s2.updates_dirty_state);
  CHECK_FALSE(ste(kS2, 0, kS2Word | bit(183), kTtb, httu(2))->s2.updates_dirty_state);  // S2HD alone
  const auto stalls = [](unsigned n) { return with(kBoth, [n](auto& f) { f.stall_model = n; }); };
  CHECK_FALSE(ste(kS2, 0, kS2Word | bit(185), kTtb, stalls(1)).has_value());
  CHECK_FALSE(ste(kS2, 0, kS2Word, kTtb, stalls(2)).has_value());
  CHECK(ste(kS2, 0, kS2Word | bit(185), kTtb, stalls(2)).has_value());
  CHECK_FALSE(ste(kS2, 0, kS2Word | u64{3} << 46).has_value());  // S2TG Reserved
  CHECK_FALSE(ste(kS2, 0, kS2Word, kTtb, with(kBoth, [](auto& f) { f.granule_4k = false; })).has_value());
  const auto t0sz = [](u64 n, u64 sl0) { return (kS2Word & ~(u64{0xFF} << 32)) | n << 32 | sl0 << 38; };
  CHECK(ste(kS2, 0, t0sz(16, 2)).has_value());
  CHECK_FALSE(ste(kS2, 0, t0sz(15, 2)).has_value());
  CHECK_FALSE(ste(kS2, 0, t0sz(16, 1)).has_value());  // too large for level 1 and 16 tables
  CHECK_FALSE(ste(kS2, 0, t0sz(49, 3)).has_value());
  CHECK(ste(kS2, 0, t0sz(48, 3)).has_value());
  // Input beyond IAS, which is OAS.
  const auto oas40 = with(kBoth, [](auto& f) { f.oas_bits = 40; });
  CHECK(ste(kS2, 0, t0sz(24, 1), kTtb, oas40).has_value());
  CHECK_FALSE(ste(kS2, 0, t0sz(23, 1), kTtb, oas40).has_value());
  // S2TTB beyond S2PS.
  const u64 ps36 = (kS2Word & ~(u64{7} << 48)) | u64{1} << 48;
  CHECK(ste(kS2, 0, ps36, 0xF'FFFF'F000).has_value());
  CHECK_FALSE(ste(kS2, 0, ps36, 0x10'0000'0000).has_value());
  const auto vmid8 = with(kBoth, [](auto& f) { f.vmid_bits = 8; });
  CHECK_FALSE(ste(kS2, 0, kS2Word | 0x100, kTtb, vmid8).has_value());
  CHECK_FALSE(ste(kS1, 0, kS2Word | 0x100, kTtb, vmid8).has_value());  // NS-EL1 is tagged with it
  CHECK(ste(kS1, bit(95), kS2Word | 0x100, kTtb, vmid8).has_value());  // EL2 is not
  CHECK(ste(kS1, 0, ~kS2Word & ~u64{0xFFFF}, ~u64{0}).has_value());    // the rest is ignored without stage 2
}

TEST_CASE("IDR0.NS1ATS is 0 with both stages and ATS as there is split-stage ATS and RES0 otherwise") {
  const auto ns1ats = [](const SmmuFeatures& f) {
    SmmuConfig config;
    config.features = f;
    return RegisterFile(config).read(0x0, 4) >> 11 & 1;
  };
  CHECK(ns1ats(kBoth) == 0);
  CHECK(ns1ats(with(kBoth, [](auto& f) { f.s2 = false; })) == 0);
  CHECK(ns1ats(with(kBoth, [](auto& f) { f.ats = false, f.pri = false; })) == 0);
}

TEST_CASE("STE: EATS 0b10 is ILLEGAL unless both stages translate and S2S is 0 and needs ATSCHK to count") {
  const u64 split = u64{2} << 28;
  const SteControls safe{.atschk = true};
  CHECK(ste(kNested, split, kS2Word, kTtb, kBoth, safe)->eats == 2);
  CHECK(ste(kNested, split)->eats == 0);  // legal, and as 0b00, while ATSCHK is 0
  for (const SteControls& controls : {safe, SteControls{}}) {
    CHECK_FALSE(ste(kNested, split, kS2Word | bit(185), kTtb, kBoth, controls).has_value());  // S2S
    for (const u64 config : {kS2, kS1}) CHECK_FALSE(ste(config, split, kS2Word, kTtb, kBoth, controls));
    for (const u64 config : {u64{0x9}, u64{0x1}})  // 0b100 and 0b000 ignore it
      CHECK(ste(config, split, kS2Word, kTtb, kBoth, controls)->eats == 0);
  }
  const auto no_ats = with(kBoth, [](auto& f) { f.ats = f.pri = false; });
  CHECK(ste(kNested, split, kS2Word | bit(185), kTtb, no_ats, safe)->eats == 0);  // IGNORED
}

TEST_CASE("STE: EATS against stalls and stages") {
  const u64 full = u64{1} << 28;
  CHECK(ste(kNested, full)->eats == 1);
  CHECK_FALSE(ste(kNested, full, kS2Word | bit(185)).has_value());
  CHECK(ste(kS1, full, kS2Word | bit(185)).has_value());  // S2S does not count without stage 2
}

TEST_CASE("STRW chooses a world where stage 1 alone translates and x1 is ILLEGAL there") {
  const u64 el2 = bit(95), reserved = bit(94);
  CHECK(ste(kS1, el2)->world == World::kNsEl2);
  CHECK(ste(kS1, el2)->vmid == 0);
  CHECK(ste(kS1, el2, kS2Word, kTtb, kBoth, {.e2h = true})->world == World::kNsEl2E2h);
  CHECK(ste(kS1, 0)->world == World::kNsEl1);
  CHECK(ste(kS1, 0)->vmid == 1);
  CHECK_FALSE(ste(kS1, reserved).has_value());
  CHECK_FALSE(ste(kS1, el2 | reserved).has_value());
  CHECK(ste(kNested, el2 | reserved)->world == World::kNsEl1);
  CHECK(ste(kS2, reserved).has_value());
  CHECK(ste(0x9, reserved).has_value());
}

TEST_CASE("a CD of EL2 has one table and no ASID PAN or E0PD and with E2H it is like EL1's") {
  constexpr u64 kCd = 0x1142'C305'C000'3510;  // ASID 0x1142; PAN, EPD1, V, IPS 48, AA64, A, R
  const spec::Cd cd{{kCd | 1 << 14, 0x10'0000 | 4}};
  const SmmuFeatures f = with(kBoth, [](auto& x) { x.version = 3; });
  const auto el2 = parse_cd(cd, {.world = World::kNsEl2}, f);
  REQUIRE(el2.has_value());
  CHECK(el2->asid == 0);
  CHECK_FALSE(el2->pan);
  CHECK_FALSE(el2->tables[0].walk_disabled);  // EPD0 is ignored
  CHECK(el2->tables[1].walk_disabled);
  CHECK_FALSE(el2->tables[0].unprivileged_denied);
  const auto e2h = parse_cd(cd, {.world = World::kNsEl2E2h}, f);
  REQUIRE(e2h.has_value());
  CHECK(e2h->asid == 0x1142);
  CHECK(e2h->pan);
  CHECK(e2h->tables[0].walk_disabled);
  const auto asid8 = with(f, [](auto& x) { x.asid_bits = 8; });
  CHECK(parse_cd(cd, {.world = World::kNsEl2}, asid8).has_value());
  CHECK_FALSE(parse_cd(cd, {.world = World::kNsEl2E2h}, asid8).has_value());
}

TEST_CASE("one privilege level: AP[1] PXN and what tables say of them mean nothing") {
  Context context;
  context.world = World::kNsEl2;
  const Hierarchy above = restricted_by({}, 0x2800'0000'0000'0003);  // APTable[0], PXNTable
  const Rights r = leaf_rights(u64{1} << 53, above, context);
  CHECK(r == Rights{true, true, true, true, true, true});
  CHECK_FALSE(leaf_rights(u64{1} << 54, {}, context).user_exec);
  CHECK_FALSE(leaf_rights(0x80, {}, context).priv_write);
  context.wxn = true;
  CHECK_FALSE(leaf_rights(0, {}, context).priv_exec);
  CHECK(leaf_rights(0x80, {}, context).priv_exec);
}

TEST_CASE("CD: HTTU bits by what IDR0 says") {
  constexpr u64 kCd = 0x0042'C205'C000'3510;
  const auto cd = [](u64 bits, unsigned httu) {
    return parse_cd({{kCd | bits, 0x10'0000}}, {}, with({}, [httu](auto& f) { f.httu = httu; }));
  };
  CHECK_FALSE(cd(bit(43), 0).has_value());
  CHECK(cd(bit(43), 1)->updates_access_flag);
  CHECK_FALSE(cd(bit(42) | bit(43), 1).has_value());
  CHECK(cd(bit(42) | bit(43), 2)->updates_dirty_state);
  CHECK_FALSE(cd(bit(42), 2)->updates_dirty_state);  // HD alone
}

TEST_CASE("under stage 2 L1CD and CD are at IPAs and their fetch faults as stage 2 does") {
  SmmuConfig config;
  config.features = kBoth;
  RegisterFile registers{config};
  WordMemory memory;
  WalkCache cache{0};
  Stage2Walker stage2{memory, cache, 48, silent_facts()};
  ConfigLookup lookup{registers, config.features, memory, stage2, silent_facts()};
  registers.write(0x80, 8, 0x4'0000);
  registers.write(0x88, 4, 8);
  // S1CDMax 7, S1Fmt 4 KB leaves, S1ContextPtr 0x6000; stage 2 has one level of 4 KB pages (SL0 3, T0SZ 44).
  memory.words = {{0x4'0000, u64{7} << 59 | 0x6000 | 1 << 4 | kNested},
                  {0x4'0010, (kS2Word & ~(u64{0xFF} << 32)) | u64{44} << 32 | u64{3} << 38},
                  {0x4'0018, kTtb}};
  const auto find = [&] { return lookup.context(0, lookup.stream(0), true, 65); };
  const auto check = [&](spec::EventId event, u64 ipa) {
    const Configuration c = find();
    REQUIRE(c.fault.has_value());
    CHECK(c.fault->event == event);
    CHECK(c.fault->s2);
    CHECK(c.fault->of == 0b00);  // CLASS CD
    CHECK(c.fault->ipa == ipa);
    CHECK(&c.model(*c.fault) == &c.stream.s2.fault_model);
  };
  check(F_TRANSLATION, 0x6008);
  memory.words[kTtb + 8 * 6] = 0x70'0000 | 0x7FF;
  memory.words[0x70'0008] = 0x8000 | 1;  // L2Ptr: an IPA
  check(F_TRANSLATION, 0x8040);
  memory.words[kTtb + 8 * 8] = 0x71'0000 | 0x7BF;  // write only
  check(F_PERMISSION, 0x8040);
  memory.words[kTtb + 8 * 8] = 0x71'0000 | 0x7FF;
  memory.words[0x71'0040] = 0x0042'C205'C000'3510;
  memory.words[0x71'0048] = 0x10'0000;
  const Configuration good = find();
  REQUIRE_FALSE(good.fault.has_value());
  CHECK(good.stage1);
  CHECK(good.context.vmid == 1);
  memory.aborts = {0x71'0040};
  const Configuration aborted = find();
  CHECK(aborted.fault->event == F_CD_FETCH);
  CHECK(aborted.fault->fetch_address == 0x71'0040);  // the PA (7.3.10)
  // What stage 2 refused is of no structure, and is not cached.
  ConfigCache configs(64);
  memory.aborts = {};
  memory.words[kTtb + 8 * 8] = 0;
  configs.fill(0, 65, ConfigRef(find()), configs.epoch());
  CHECK_FALSE(configs.find(0, 65));
}

TEST_CASE("S1DSS bypass leaves stage 2 to translate") {
  const auto s = ste(kNested | u64{7} << 59, 0b01);
  REQUIRE(s.has_value());
  SmmuConfig config;
  config.features = kBoth;
  RegisterFile registers{config};
  WordMemory memory;
  WalkCache cache{0};
  Stage2Walker stage2{memory, cache, 48, silent_facts()};
  ConfigLookup lookup{registers, config.features, memory, stage2, silent_facts()};
  Configuration stream;
  stream.stream_valid = true;
  stream.stream = *s;
  const Configuration found = lookup.context(0, stream, false, 0);
  CHECK_FALSE(found.fault.has_value());
  CHECK_FALSE(found.stage1);
  CHECK(found.translates());
}

}  // namespace smmu_vp::test
