// The validity function of 5.2.2, for a Non-secure stream of an SMMU with stage 1 only.
#include "tlm/core/stream_table_entry.h"

#include "tlm/spec/registers.h"

namespace smmu_vp::core {

namespace ste = spec::ste;

namespace {

bool ats_illegal(u64 config, u64 eats, const SmmuFeatures& f) {
  if (!f.ats || config == ste::kConfigBypass) return false;  // EATS is ignored
  return eats == ste::kEatsSplit && config != ste::kConfigNested;
}

bool stage1_illegal(const spec::Ste& s, const SmmuFeatures& f) {
  if (ste::S1STALLD.get(s.w) != 0 && f.stall_model != spec::kStallModelBoth) return true;  // 5.5
  if (ste::S1ContextPtr.in_place(s.w) >> f.oas_bits != 0 && f.version >= 1) return true;   // 3.4.3
  if (f.ssid_bits == 0) return false;  // S1CDMax and S1Fmt are ignored
  const u64 cdmax = ste::S1CDMax.get(s.w), fmt = ste::S1Fmt.get(s.w);
  if (cdmax > f.ssid_bits) return true;
  return cdmax != 0 && f.cd_table_levels == 1 && (fmt == ste::kS1Fmt4K || fmt == ste::kS1Fmt64K);
}

bool illegal(const spec::Ste& s, const SmmuFeatures& f) {
  if (ste::V.get(s.w) == 0) return true;
  if (ste::ConfigPass.get(s.w) == 0) return false;  // 0b0xx behaves as abort
  const bool stage1 = ste::ConfigS1.get(s.w) != 0, stage2 = ste::ConfigS2.get(s.w) != 0;
  if ((stage1 && !f.s1) || (stage2 && !f.s2)) return true;
  if (ats_illegal(ste::Config.get(s.w), ste::EATS.get(s.w), f)) return true;
  // STRW is RES0 without Hyp, so it cannot be ILLEGAL here.
  return stage1 && stage1_illegal(s, f);
}

u8 effective_eats(const spec::Ste& s, const SmmuFeatures& f) {
  // 0b11 is Reserved without a DPT and behaves as 0b00; split-stage cannot be legal without stage 2.
  const u64 eats = ste::EATS.get(s.w);
  const bool full = eats == ste::kEatsFull && f.ats && ste::Config.get(s.w) != ste::kConfigBypass;
  return static_cast<u8>(full ? ste::kEatsFull : ste::kEatsAbort);
}

}  // namespace

std::optional<StreamConfig> parse_ste(const spec::Ste& s, const SmmuFeatures& f) {
  if (illegal(s, f)) return std::nullopt;
  StreamConfig out;
  if (ste::ConfigPass.get(s.w) == 0) return out;
  const bool stage1 = ste::ConfigS1.get(s.w) != 0;
  out.path = stage1 ? StreamConfig::Path::kStage1 : StreamConfig::Path::kBypass;
  out.eats = effective_eats(s, f);
  out.privcfg = static_cast<u8>(ste::PRIVCFG.get(s.w));
  out.instcfg = static_cast<u8>(ste::INSTCFG.get(s.w));
  out.ppar = ste::PPAR.get(s.w) != 0;
  if (!stage1) return out;
  out.s1stalld = ste::S1STALLD.get(s.w) != 0;
  out.s1_context_ptr = ste::S1ContextPtr.in_place(s.w) & ((u64{1} << f.oas_bits) - 1);
  if (f.ssid_bits == 0) return out;
  out.s1cdmax = static_cast<u8>(ste::S1CDMax.get(s.w));
  out.s1fmt = static_cast<u8>(ste::S1Fmt.get(s.w));
  out.s1dss = static_cast<u8>(ste::S1DSS.get(s.w));
  return out;
}

}  // namespace smmu_vp::core
