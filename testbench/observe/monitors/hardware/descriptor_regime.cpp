// Only what decides where a walk goes and what it grants; whether a structure is ILLEGAL is for other monitors.
#include "testbench/observe/monitors/hardware/descriptor_regime.h"

#include <algorithm>

namespace smmu_vp::tb {

namespace {

namespace ste = spec::ste;
namespace cd = spec::cd;
namespace vmsa = spec::vmsa;

Granule granule_of_tg0(u64 tg) {
  return tg == cd::kTg0_16K ? Granule::k16K : tg == cd::kTg0_64K ? Granule::k64K : Granule::k4K;
}
Granule granule_of_tg1(u64 tg) {
  return tg == cd::kTg1_16K ? Granule::k16K : tg == cd::kTg1_64K ? Granule::k64K : Granule::k4K;
}

u8 output_bits(u64 encoded, const RegimeSetting& setting) {
  return static_cast<u8>(std::min<unsigned>(spec::kAddressSizeBits[encoded], setting.output_bits));
}

// Nothing when TxSZ leaves no address to translate.
std::optional<StageTables> tables_of(Granule granule, u64 txsz, const RegimeSetting& setting) {
  if (txsz > vmsa::txsz_max_stt(granule) || txsz < vmsa::kTxszMin52) return std::nullopt;
  StageTables out;
  out.granule = granule;
  out.input_bits = static_cast<u8>(64 - txsz);
  out.wide = granule == Granule::k64K && setting.output_bits > 48;
  out.start_level = vmsa::start_level(granule, out.input_bits);
  return out;
}

void read_cd(const spec::Cd& c, const RegimeSetting& setting, Regime& out) {
  const bool one_table = out.world == World::kNsEl2;  // 3.17.5
  out.asid = one_table ? u16{0} : static_cast<u16>(cd::ASID.get(c.w));
  out.aset = cd::ASET.get(c.w) != 0;
  out.wxn = cd::WXN.get(c.w) != 0;
  out.mair = cd::MAIR.get(c.w);
  out.dirty_updated[0] = cd::HA.get(c.w) != 0 && cd::HD.get(c.w) != 0;
  out.hierarchy_ignored = {cd::HAD0.get(c.w) != 0, cd::HAD1.get(c.w) != 0};
  if (one_table || cd::EPD0.get(c.w) == 0) {
    out.stage1_tables[0] = tables_of(granule_of_tg0(cd::TG0.get(c.w)), cd::T0SZ.get(c.w), setting);
    if (out.stage1_tables[0]) out.stage1_tables[0]->base = cd::TTB0.in_place(c.w);
  }
  if (!one_table && cd::EPD1.get(c.w) == 0) {
    out.stage1_tables[1] = tables_of(granule_of_tg1(cd::TG1.get(c.w)), cd::T1SZ.get(c.w), setting);
    if (out.stage1_tables[1]) out.stage1_tables[1]->base = cd::TTB1.in_place(c.w);
  }
  for (auto& tables : out.stage1_tables) {
    if (tables) tables->output_bits = output_bits(cd::IPS.get(c.w), setting);
  }
}

bool read_stage2(const spec::Ste& s, const RegimeSetting& setting, Regime& out) {
  const u64 tg = ste::S2TG.get(s.w);
  const Granule granule = tg == ste::kS2Tg16K   ? Granule::k16K
                          : tg == ste::kS2Tg64K ? Granule::k64K
                                                : Granule::k4K;
  const std::optional<StageTables> tables = tables_of(granule, ste::S2T0SZ.get(s.w), setting);
  const int start = vmsa::kS2StartLevel[static_cast<unsigned>(granule)][ste::S2SL0.get(s.w)];
  if (!tables || start == vmsa::kReservedLevel) return false;
  out.stage2_tables = *tables;
  out.stage2_tables.start_level = start;
  out.stage2_tables.base = ste::S2TTB.in_place(s.w);
  out.stage2_tables.output_bits = output_bits(ste::S2PS.get(s.w), setting);
  out.dirty_updated[1] = ste::S2HA.get(s.w) != 0 && ste::S2HD.get(s.w) != 0;
  return true;
}

}  // namespace

bool uses_stage1(const spec::Ste& s) {
  return ste::ConfigPass.get(s.w) != 0 && ste::ConfigS1.get(s.w) != 0;
}

std::optional<Regime> regime_of(const spec::Ste& s, const spec::Cd* c, const RegimeSetting& setting) {
  if (ste::V.get(s.w) == 0 || ste::ConfigPass.get(s.w) == 0) return std::nullopt;
  Regime out;
  out.stage1 = c != nullptr;
  out.stage2 = ste::ConfigS2.get(s.w) != 0;
  if (!out.stage1 && !out.stage2) return std::nullopt;
  // STRW counts with stage 1 alone (5.2 STRW).
  const bool el2 = setting.has_el2 && out.stage1 && !out.stage2 && ste::STRW.get(s.w) == ste::kStrwEl2;
  if (el2) out.world = setting.e2h ? World::kNsEl2E2h : World::kNsEl2;
  if (setting.has_stage2 && !el2) out.vmid = static_cast<u16>(ste::S2VMID.get(s.w));
  if (out.stage2 && !read_stage2(s, setting, out)) return std::nullopt;
  out.ats_answers_ipa = ste::EATS.get(s.w) == ste::kEatsSplit;
  if (!out.stage1) return out;
  if (cd::V.get(c->w) == 0) return std::nullopt;
  read_cd(*c, setting, out);
  return out;
}

}  // namespace smmu_vp::tb
