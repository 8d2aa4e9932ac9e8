// The validity function of 5.2.2, for a Non-secure stream.
#include "tlm/core/stream_table_entry.h"

#include "tlm/core/own_attributes.h"
#include "tlm/core/stage2_walk.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::core {

namespace ste = spec::ste;
namespace vmsa = spec::vmsa;

namespace {

bool stage1_enabled(const spec::Ste& s) {
  return ste::ConfigS1.get(s.w) != 0;
}
bool stage2_enabled(const spec::Ste& s) {
  return ste::ConfigS2.get(s.w) != 0;
}

// STRW is used only if stage 1 alone translates and EL2 is implemented (5.2 STRW).
bool strw_used(const spec::Ste& s, const SmmuFeatures& f) {
  return f.hyp && ste::Config.get(s.w) == ste::kConfigS1;
}

bool ats_illegal(const spec::Ste& s, const SmmuFeatures& f) {
  const u64 config = ste::Config.get(s.w), eats = ste::EATS.get(s.w);
  if (!f.ats || config == ste::kConfigBypass) return false;  // EATS is ignored
  const bool stalls = ste::S2S.get(s.w) != 0;
  if (eats == ste::kEatsSplit) return config != ste::kConfigNested || stalls;
  return eats == ste::kEatsFull && stage2_enabled(s) && stalls;
}

bool stage1_illegal(const spec::Ste& s, const SmmuFeatures& f) {
  if (ste::S1STALLD.get(s.w) != 0 && f.stall_model != spec::kStallModelBoth) return true;  // 5.5
  if (ste::S1ContextPtr.in_place(s.w) >> f.oas_bits != 0 && f.version >= 1) return true;   // 3.4.3
  if (f.ssid_bits == 0) return false;  // S1CDMax and S1Fmt are ignored
  const u64 cdmax = ste::S1CDMax.get(s.w), fmt = ste::S1Fmt.get(s.w);
  if (cdmax > f.ssid_bits) return true;
  return cdmax != 0 && f.cd_table_levels == 1 && (fmt == ste::kS1Fmt4K || fmt == ste::kS1Fmt64K);
}

bool stage2_illegal(const spec::Ste& s, const SmmuFeatures& f) {
  const bool stalls = ste::S2S.get(s.w) != 0;
  if (stalls && f.stall_model == spec::kStallModelNone) return true;
  if (!stalls && f.stall_model == spec::kStallModelForced) return true;
  if (ste::S2AA64.get(s.w) == 0) return true;  // IDR0.TTF: VMSAv8-64 only
  if (ste::S2ENDI.get(s.w) != 0) return true;  // IDR0.TTENDIAN: little-endian only
  const bool dirty = ste::S2HD.get(s.w) != 0;
  return ((dirty || ste::S2HA.get(s.w) != 0) && f.httu == 0) || (dirty && f.httu == 1);
}

bool illegal(const spec::Ste& s, const SmmuFeatures& f) {
  if (ste::V.get(s.w) == 0) return true;
  if (ste::ConfigPass.get(s.w) == 0) return false;  // 0b0xx behaves as abort
  const bool stage1 = stage1_enabled(s), stage2 = stage2_enabled(s);
  if ((stage1 && !f.s1) || (stage2 && !f.s2)) return true;
  if (ats_illegal(s, f)) return true;
  if (strw_used(s, f) && (ste::STRW.get(s.w) & 1) != 0) return true;
  if (stage1 && stage1_illegal(s, f)) return true;
  if (stage2 && stage2_illegal(s, f)) return true;
  const bool vmid_used = f.s2 && (stage1 || stage2) && !(strw_used(s, f) && ste::STRW.get(s.w) != 0);
  return vmid_used && f.vmid_bits == 8 && ste::S2VMID.get(s.w) > 0xFF;
}

u8 effective_eats(const spec::Ste& s, const SmmuFeatures& f, bool atschk) {
  const u64 eats = ste::EATS.get(s.w);
  if (!f.ats || ste::Config.get(s.w) == ste::kConfigBypass) return ste::kEatsAbort;
  // 0b11 is Reserved without a DPT and behaves as 0b00. So does 0b10 while Translated
  // transactions are not checked.
  const bool off = eats == ste::kEatsDpt || (eats == ste::kEatsSplit && !atschk);
  return static_cast<u8>(off ? ste::kEatsAbort : eats);
}

World stream_world(const spec::Ste& s, const SmmuFeatures& f, bool e2h) {
  if (!strw_used(s, f) || ste::STRW.get(s.w) != ste::kStrwEl2) return World::kNsEl1;
  return e2h ? World::kNsEl2E2h : World::kNsEl2;
}

// Nothing when table size, start level and base are inconsistent.
std::optional<Stage2> parse_stage2(const spec::Ste& s, const SmmuFeatures& f) {
  const std::optional<Granule> granule = granule_of(ste::S2TG.get(s.w));
  if (!granule || !supported(*granule, f)) return std::nullopt;
  const u64 t0sz = ste::S2T0SZ.get(s.w);
  // IAS equals OAS, as VMSAv8-32 is not supported (3.4).
  const unsigned smallest =
      f.version == 0
          ? 64 - f.oas_bits
          : std::max(*granule == Granule::k64K ? vmsa::kTxszMin52 : vmsa::kTxszMin, 64 - f.oas_bits);
  if (t0sz < smallest || t0sz > largest_txsz(*granule, f)) return std::nullopt;
  const auto input_bits = static_cast<u8>(64 - t0sz);
  const auto start = stage2_start_level(*granule, ste::S2SL0.get(s.w), input_bits, f);
  if (!start) return std::nullopt;

  Stage2 out;
  out.output_bits = effective_output_bits(ste::S2PS.get(s.w), f);
  out.base = ste::S2TTB.in_place(s.w) & low_bits(f.version == 0 ? 48 : 52);
  if (!base_in_range(out.base, *granule, out.output_bits)) return std::nullopt;
  out.vmid = static_cast<u16>(ste::S2VMID.get(s.w));
  out.granule = *granule;
  out.input_bits = input_bits;
  out.start_level = *start;
  out.exec_by_privilege = f.version >= 1;  // IDR3.XNX
  out.access_flag_ignored = ste::S2AFFD.get(s.w) != 0;
  out.walks_protected = ste::S2PTW.get(s.w) != 0;
  out.updates_access_flag = ste::S2HA.get(s.w) != 0;
  out.updates_dirty_state = out.updates_access_flag && ste::S2HD.get(s.w) != 0;  // HD needs HA
  out.forces_attributes = f.version >= 2 && ste::S2FWB.get(s.w) != 0;
  out.table_type = table_walk_type(
      {.inner = ste::S2IR0.get(s.w), .outer = ste::S2OR0.get(s.w), .sh = ste::S2SH0.get(s.w)});
  out.fault_model = {.abort = true, .record = ste::S2R.get(s.w) != 0, .stall = ste::S2S.get(s.w) != 0};
  return out;
}

}  // namespace

std::optional<StreamConfig> parse_ste(const spec::Ste& s, const SmmuFeatures& f,
                                      const SteControls& controls) {
  if (illegal(s, f)) return std::nullopt;
  StreamConfig out;
  out.ppar = ste::PPAR.get(s.w) != 0;  // valid in every STE (8.1)
  if (ste::ConfigPass.get(s.w) == 0) return out;
  const bool stage1 = stage1_enabled(s);
  out.path = stage1 ? StreamConfig::Path::kStage1 : StreamConfig::Path::kBypass;
  out.eats = effective_eats(s, f, controls.atschk);
  out.privcfg = static_cast<u8>(ste::PRIVCFG.get(s.w));
  out.instcfg = static_cast<u8>(ste::INSTCFG.get(s.w));
  if (f.attr_types_ovr) {  // otherwise the fields are RES0 (6.3.2)
    out.overrides = {.type = ste::MTCFG.get(s.w) != 0,
                     .mem_attr = static_cast<u8>(ste::MemAttr.get(s.w)),
                     .alloccfg = static_cast<u8>(ste::ALLOCCFG.get(s.w)),
                     .shcfg = static_cast<u8>(ste::SHCFG.get(s.w))};
  }
  out.mev = ste::MEV.get(s.w) != 0;
  out.world = stream_world(s, f, controls.e2h);
  if (f.s2 && out.world == World::kNsEl1) out.vmid = static_cast<u16>(ste::S2VMID.get(s.w));
  if (stage2_enabled(s)) {
    const std::optional<Stage2> stage2 = parse_stage2(s, f);
    if (!stage2) return std::nullopt;
    out.stage2 = true;
    out.s2 = *stage2;
  }
  if (!stage1) return out;
  out.s1stalld = ste::S1STALLD.get(s.w) != 0;
  out.s1_context_ptr = ste::S1ContextPtr.in_place(s.w) & low_bits(f.oas_bits);
  out.context_type =
      context_type({.inner = ste::S1CIR.get(s.w), .outer = ste::S1COR.get(s.w), .sh = ste::S1CSH.get(s.w)});
  if (f.ssid_bits == 0) return out;
  out.s1cdmax = static_cast<u8>(ste::S1CDMax.get(s.w));
  out.s1fmt = static_cast<u8>(ste::S1Fmt.get(s.w));
  out.s1dss = static_cast<u8>(ste::S1DSS.get(s.w));
  return out;
}

}  // namespace smmu_vp::core
