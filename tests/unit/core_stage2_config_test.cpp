// STEs that enable stage 2 or choose a StreamWorld, CDs of EL2, and CD tables at IPAs (5.2, 5.4, 3.4.3).
#include <doctest/doctest.h>

#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tests/unit/core_memory.h"
#include "tlm/core/config_cache.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/context_descriptor.h"
#include "tlm/core/permissions.h"
#include "tlm/core/register_file.h"
#include "tlm/core/stream_table_entry.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::RegisterSize;
using enum spec::EventId;

namespace {

constexpr SmmuFeatures kBoth{.s2 = true, .hyp = true};
constexpr u64 kS1 = ste::kStage1 | ste::V, kS2 = ste::kStage2 | ste::V, kNested = ste::kNested | ste::V;
constexpr u64 kS2Word = ste::kInput32Bits | ste::s2_vmid(1);
constexpr u64 kCd0 = cd::asid(0x42) | cd::kTtb0 | cd::A;
constexpr u64 kTtb = 0x9'0000;
constexpr u64 kS2Page = s2::kData | pte::kPage;

std::optional<StreamConfig> parsed(u64 w0, u64 w1, u64 w2 = kS2Word, u64 ttb = kTtb,
                                   const SmmuFeatures& f = kBoth, const SteControls& controls = {}) {
  return parse_ste({{w0, w1, w2, ttb}}, f, controls);
}
SmmuFeatures with(SmmuFeatures f, auto change) {
  change(f);
  return f;
}

}  // namespace

TEST_CASE("the stage 2 fields of an STE are unpacked to where translation reads them") {
  const auto c = parsed(kS2, 0, kS2Word | ste::S2AFFD | ste::S2PTW | ste::S2S);
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
  CHECK(parsed(kNested, 0)->path == StreamConfig::Path::kStage1);
  CHECK(parsed(kNested, ste::S2FWB)->s2.forces_attributes);
  const auto v31 = with(kBoth, [](auto& f) { f.version = 1; });
  CHECK_FALSE(parsed(kNested, ste::S2FWB, kS2Word, kTtb, v31)->s2.forces_attributes);
}

TEST_CASE("each ILLEGAL condition of an STE's stage 2 is found") {
  CHECK(parsed(kS2, 0).has_value());
  CHECK_FALSE(parsed(kS2, 0, kS2Word, kTtb, {}).has_value());  // IDR0.S2P is 0
  CHECK_FALSE(parsed(kS2, 0, kS2Word & ~ste::S2AA64).has_value());
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::S2ENDI).has_value());
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::S2HA).has_value());  // without HTTU
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::S2HD).has_value());
  const auto httu = [](unsigned n) { return with(kBoth, [n](auto& f) { f.httu = n; }); };
  CHECK(parsed(kS2, 0, kS2Word | ste::S2HA, kTtb, httu(1))->s2.updates_access_flag);
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::S2HD, kTtb, httu(1)).has_value());
  CHECK(parsed(kS2, 0, kS2Word | ste::S2HD | ste::S2HA, kTtb, httu(2))->s2.updates_dirty_state);
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::S2HD, kTtb, httu(2))->s2.updates_dirty_state);  // S2HD alone
  const auto stalls = [](unsigned n) { return with(kBoth, [n](auto& f) { f.stall_model = n; }); };
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::S2S, kTtb, stalls(1)).has_value());
  CHECK_FALSE(parsed(kS2, 0, kS2Word, kTtb, stalls(2)).has_value());
  CHECK(parsed(kS2, 0, kS2Word | ste::S2S, kTtb, stalls(2)).has_value());
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::s2_tg(0b11)).has_value());  // Reserved
  CHECK_FALSE(parsed(kS2, 0, kS2Word, kTtb, with(kBoth, [](auto& f) { f.granule_4k = false; })).has_value());
  const auto t0sz = [](u64 n, u64 sl0) {
    return (kS2Word & ~(ste::s2_t0sz(0b11'1111) | ste::s2_sl0(0b11))) | ste::s2_t0sz(n) | ste::s2_sl0(sl0);
  };
  CHECK(parsed(kS2, 0, t0sz(16, 2)).has_value());
  CHECK_FALSE(parsed(kS2, 0, t0sz(15, 2)).has_value());
  CHECK_FALSE(parsed(kS2, 0, t0sz(16, 1)).has_value());  // too large for level 1 and 16 tables
  CHECK_FALSE(parsed(kS2, 0, t0sz(49, 3)).has_value());
  CHECK(parsed(kS2, 0, t0sz(48, 3)).has_value());
  // Input beyond IAS, which is OAS.
  const auto oas40 = with(kBoth, [](auto& f) { f.oas_bits = 40; });
  CHECK(parsed(kS2, 0, t0sz(24, 1), kTtb, oas40).has_value());
  CHECK_FALSE(parsed(kS2, 0, t0sz(23, 1), kTtb, oas40).has_value());
  // S2TTB beyond S2PS.
  const u64 ps36 = (kS2Word & ~ste::s2_ps(0b111)) | ste::s2_ps(k36Bits);
  CHECK(parsed(kS2, 0, ps36, 0xF'FFFF'F000).has_value());
  CHECK_FALSE(parsed(kS2, 0, ps36, 0x10'0000'0000).has_value());
  const auto vmid8 = with(kBoth, [](auto& f) { f.vmid_bits = 8; });
  CHECK_FALSE(parsed(kS2, 0, kS2Word | ste::s2_vmid(0x100), kTtb, vmid8).has_value());
  CHECK_FALSE(
      parsed(kS1, 0, kS2Word | ste::s2_vmid(0x100), kTtb, vmid8).has_value());  // NS-EL1 is tagged with it
  CHECK(parsed(kS1, ste::strw(0b10), kS2Word | ste::s2_vmid(0x100), kTtb, vmid8).has_value());  // EL2 is not
  CHECK(parsed(kS1, 0, ~kS2Word & ~ste::s2_vmid(0xFFFF), ~u64{0})
            .has_value());  // the rest is ignored without stage 2
}

TEST_CASE("IDR0.NS1ATS is 0 with both stages and ATS as there is split-stage ATS and RES0 otherwise") {
  const auto ns1ats = [](const SmmuFeatures& f) {
    SmmuConfig config;
    config.features = f;
    return idr::ns1ats(static_cast<u32>(RegisterFile(config).read(reg::IDR0, k32)));
  };
  CHECK_FALSE(ns1ats(kBoth));
  CHECK_FALSE(ns1ats(with(kBoth, [](auto& f) { f.s2 = false; })));
  CHECK_FALSE(ns1ats(with(kBoth, [](auto& f) { f.ats = false, f.pri = false; })));
}

TEST_CASE(
    "STE.EATS 0b10 is ILLEGAL unless both stages translate with S2S 0, and needs ATSCHK to take effect") {
  const u64 split = ste::kSplitAts;
  const SteControls safe{.atschk = true};
  CHECK(parsed(kNested, split, kS2Word, kTtb, kBoth, safe)->eats == 2);
  CHECK(parsed(kNested, split)->eats == 0);  // legal, and as 0b00, while ATSCHK is 0
  for (const SteControls& controls : {safe, SteControls{}}) {
    CHECK_FALSE(parsed(kNested, split, kS2Word | ste::S2S, kTtb, kBoth, controls).has_value());
    for (const u64 config : {kS2, kS1}) CHECK_FALSE(parsed(config, split, kS2Word, kTtb, kBoth, controls));
    for (const u64 config : {ste::kBypass | ste::V, ste::V})  // 0b100 and 0b000 ignore it
      CHECK(parsed(config, split, kS2Word, kTtb, kBoth, controls)->eats == 0);
  }
  const auto no_ats = with(kBoth, [](auto& f) { f.ats = f.pri = false; });
  CHECK(parsed(kNested, split, kS2Word | ste::S2S, kTtb, no_ats, safe)->eats == 0);  // IGNORED
}

TEST_CASE("STE.EATS is checked against stalls and stages") {
  const u64 full = ste::kFullAts;
  CHECK(parsed(kNested, full)->eats == 1);
  CHECK_FALSE(parsed(kNested, full, kS2Word | ste::S2S).has_value());
  CHECK(parsed(kS1, full, kS2Word | ste::S2S).has_value());  // S2S does not count without stage 2
}

TEST_CASE("STRW selects the world when stage 1 alone translates, and x1 is ILLEGAL then") {
  const u64 el2 = ste::strw(0b10), reserved = ste::strw(0b01);
  CHECK(parsed(kS1, el2)->world == World::kNsEl2);
  CHECK(parsed(kS1, el2)->vmid == 0);
  CHECK(parsed(kS1, el2, kS2Word, kTtb, kBoth, {.e2h = true})->world == World::kNsEl2E2h);
  CHECK(parsed(kS1, 0)->world == World::kNsEl1);
  CHECK(parsed(kS1, 0)->vmid == 1);
  CHECK_FALSE(parsed(kS1, reserved).has_value());
  CHECK_FALSE(parsed(kS1, el2 | reserved).has_value());
  CHECK(parsed(kNested, el2 | reserved)->world == World::kNsEl1);
  CHECK(parsed(kS2, reserved).has_value());
  CHECK(parsed(ste::kBypass | ste::V, reserved).has_value());
}

TEST_CASE("a CD of EL2 has one table and no ASID, PAN or E0PD, and with E2H it is like EL1's") {
  constexpr u64 kWord = (kCd0 & ~cd::asid(0xFFFF)) | cd::asid(0x1142) | cd::PAN | cd::EPD0;
  const spec::Cd cd{{kWord, 0x10'0000 | cd::E0PD0}};
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

TEST_CASE("with one privilege level AP[1], PXN, APTable[0] and PXNTable are ignored") {
  Context context;
  context.world = World::kNsEl2;
  const Hierarchy above = restricted_by({}, pte::kTableNoUser | pte::kTablePxn | pte::kTable);
  const Rights r = leaf_rights(pte::kPxn, above, context);
  CHECK(r == Rights{true, true, true, true, true, true});
  CHECK_FALSE(leaf_rights(pte::kUxn, {}, context).user_exec);
  CHECK_FALSE(leaf_rights(pte::kReadOnly, {}, context).priv_write);
  context.wxn = true;
  CHECK_FALSE(leaf_rights(0, {}, context).priv_exec);
  CHECK(leaf_rights(pte::kReadOnly, {}, context).priv_exec);
}

TEST_CASE("the HTTU bits of a CD take effect as IDR0.HTTU says") {
  const auto of = [](u64 bits, unsigned httu) {
    return parse_cd({{kCd0 | bits, 0x10'0000}}, {}, with({}, [httu](auto& f) { f.httu = httu; }));
  };
  CHECK_FALSE(of(cd::HA, 0).has_value());
  CHECK(of(cd::HA, 1)->updates_access_flag);
  CHECK_FALSE(of(cd::HD | cd::HA, 1).has_value());
  CHECK(of(cd::HD | cd::HA, 2)->updates_dirty_state);
  CHECK_FALSE(of(cd::HD, 2)->updates_dirty_state);  // HD alone
}

TEST_CASE("under stage 2 L1CD and CD are at IPAs and stage 2 may fault their fetch") {
  SmmuConfig config;
  config.features = kBoth;
  RegisterFile registers{config};
  WordMemory memory;
  WalkCache cache{0};
  Stage2Walker stage2{memory, cache, 48, silent_facts()};
  ConfigLookup lookup{registers, config.features, memory, stage2, silent_facts()};
  registers.write(reg::STRTAB_BASE, k64, 0x4'0000);
  registers.write(reg::STRTAB_BASE_CFG, k32, strtab::linear(8));
  // CDs in leaves of 4 KB; stage 2 has one level of 4 KB pages.
  memory.words = {{0x4'0000, 0x6000 | ste::s1_cd_max(7) | ste::k4KLeaves | kNested},
                  {0x4'0010, (kS2Word & ~(ste::s2_t0sz(0b11'1111) | ste::s2_sl0(0b11))) | ste::s2_t0sz(44) |
                                 ste::s2_sl0(3)},
                  {0x4'0018, kTtb}};
  const auto find = [&] { return lookup.context({0, 65}, lookup.stream(0)); };
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
  memory.words[kTtb + 8 * 6] = 0x70'0000 | kS2Page;
  memory.words[0x70'0008] = 0x8000 | l1cd::V;  // L2Ptr: an IPA
  check(F_TRANSLATION, 0x8040);
  memory.words[kTtb + 8 * 8] = 0x71'0000 | (kS2Page & ~s2::kRead);  // write only
  check(F_PERMISSION, 0x8040);
  memory.words[kTtb + 8 * 8] = 0x71'0000 | kS2Page;
  memory.words[0x71'0040] = kCd0;
  memory.words[0x71'0048] = 0x10'0000;
  const Configuration good = find();
  REQUIRE_FALSE(good.fault.has_value());
  CHECK(good.stage1);
  CHECK(good.context.vmid == 1);
  memory.aborts = {0x71'0040};
  const Configuration aborted = find();
  CHECK(aborted.fault->event == F_CD_FETCH);
  CHECK(aborted.fault->fetch_address == 0x71'0040);  // the PA (7.3.10)
  // A fault of stage 2 belongs to no structure and is not cached.
  ConfigCache configs(64);
  memory.aborts = {};
  memory.words[kTtb + 8 * 8] = 0;
  configs.fill(0, 65, ConfigRef(find()), configs.epoch());
  CHECK_FALSE(configs.find(0, 65));
}

TEST_CASE("S1DSS bypass leaves stage 2 to translate") {
  const auto s = parsed(kNested | ste::s1_cd_max(7), ste::kDssBypass);
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
  const Configuration found = lookup.context({.sid = 0}, stream);
  CHECK_FALSE(found.fault.has_value());
  CHECK_FALSE(found.stage1);
  CHECK(found.translates());
}

}  // namespace smmu_vp::test
