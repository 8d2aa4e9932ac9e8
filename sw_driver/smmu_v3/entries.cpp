// STE and CD field values, with the reasons from the manual (5.2, 5.4).
#include "sw_driver/smmu_v3/entries.h"

#include <algorithm>
#include <initializer_list>

namespace smmu_vp::sw {

namespace ste = spec::ste;
namespace cd = spec::cd;

namespace {

// The CPU's MAIR_EL1: index 0 is Normal Write-Back, the others follow.
constexpr u64 kMair = 0x0000'0004'0044'FFFF;
constexpr u64 kWriteBackAllocate = 0b01, kInnerShareable = 0b11;
constexpr u64 kStartLevel0 = 0b10;  // STE.S2SL0 with 4 KB granules (5.2)

void mark(Entry& mask, std::initializer_list<spec::Field> fields) {
  for (const spec::Field f : fields) f.set(mask, f.max());
}

u64 address_size(unsigned bits) {
  const auto& sizes = spec::kAddressSizeBits;
  return static_cast<u64>(std::find(sizes.begin(), sizes.end(), bits) - sizes.begin());
}

// VMID 0 stays that of the stream, with or without stage 2, so that the driver's CMD_TLBI_NH_* apply to it.
void set_stage2(Entry& e, const Stage2Tables& tables) {
  ste::Config.set(e, ste::kConfigNested);
  ste::S2T0SZ.set(e, 64 - tables.input_bits);
  ste::S2SL0.set(e, kStartLevel0);
  ste::S2TG.set(e, ste::kS2Tg4K);
  ste::S2PS.set(e, address_size(tables.input_bits));
  ste::S2IR0.set(e, kWriteBackAllocate);
  ste::S2OR0.set(e, kWriteBackAllocate);
  ste::S2SH0.set(e, kInnerShareable);
  ste::S2AA64.set(e, 1);
  ste::S2R.set(e, 1);
  ste::S2TTB.set(e, tables.base >> ste::S2TTB.shift());
}

}  // namespace

Entry abort_ste() {
  Entry e{};
  ste::V.set(e, 1);
  ste::Config.set(e, ste::kConfigAbort);
  return e;
}

Entry bypass_ste(bool shareability) {
  Entry e{};
  ste::V.set(e, 1);
  ste::Config.set(e, ste::kConfigBypass);
  if (shareability) ste::SHCFG.set(e, ste::kShcfgIncoming);  // else RES0 (5.2)
  return e;
}

Entry cd_table_ste(const CdTableSte& s) {
  Entry e{};
  ste::V.set(e, 1);
  ste::Config.set(e, ste::kConfigS1);
  ste::S1Fmt.set(e, s.format);
  ste::S1ContextPtr.set(e, s.table >> ste::S1ContextPtr.shift());
  ste::S1CDMax.set(e, s.ssid_bits);
  ste::S1DSS.set(e, s.context_0 ? ste::kS1DssSsid0 : ste::kS1DssBypass);
  ste::S1CIR.set(e, kWriteBackAllocate);
  ste::S1COR.set(e, kWriteBackAllocate);
  ste::S1CSH.set(e, kInnerShareable);
  ste::PPAR.set(e, s.pri_pasid_required ? 1 : 0);
  ste::S1STALLD.set(e, s.stalls_denied ? 1 : 0);
  ste::EATS.set(e, s.ats ? ste::kEatsFull : ste::kEatsAbort);
  ste::STRW.set(e, s.el2 ? ste::kStrwEl2 : ste::kStrwNsEl1);
  if (s.shareability && !s.context_0) ste::SHCFG.set(e, ste::kShcfgIncoming);
  if (s.below) set_stage2(e, *s.below);
  return e;
}

Entry stage1_cd(const Stage1Cd& s) {
  Entry e{};
  const u64 tg0 = s.granule == spec::vmsa::Granule::k4K    ? cd::kTg0_4K
                  : s.granule == spec::vmsa::Granule::k16K ? cd::kTg0_16K
                                                           : cd::kTg0_64K;
  cd::T0SZ.set(e, 64 - s.input_bits);
  cd::TG0.set(e, tg0);
  cd::IR0.set(e, kWriteBackAllocate);
  cd::OR0.set(e, kWriteBackAllocate);
  cd::SH0.set(e, kInnerShareable);
  cd::EPD1.set(e, 1);  // the device must not walk TTB1, the kernel's tables
  cd::V.set(e, 1);
  cd::IPS.set(e, address_size(s.pa_bits));
  cd::AA64.set(e, 1);
  cd::S.set(e, s.stall ? 1 : 0);
  cd::R.set(e, 1);
  cd::A.set(e, 1);
  cd::ASET.set(e, s.shared_asid ? 0 : 1);  // a private ASID: broadcast TLBIs need not match it (3.17)
  cd::ASID.set(e, s.asid);
  cd::TTB0.set(e, s.pgd >> cd::TTB0.shift());
  cd::MAIR.set(e, kMair);
  return e;
}

Entry quiet_cd(const Entry& live, bool stall_forced, bool keep_reporting) {
  Entry e = live;
  for (const spec::Field f : {cd::T0SZ, cd::TG0, cd::IR0, cd::OR0, cd::SH0, cd::TTB0}) f.set(e, 0);
  cd::EPD0.set(e, 1);
  if (keep_reporting || stall_forced) return e;  // STALL_MODEL 0b10 makes S = 0 ILLEGAL (5.4)
  cd::S.set(e, 0);
  cd::R.set(e, 0);
  return e;
}

// With V = 0 the SMMU uses nothing else. SHCFG matters wherever some traffic bypasses stage 1.
Entry ste_used(const Entry& entry) {
  Entry mask{};
  ste::V.set(mask, 1);
  if (ste::V.get(entry) == 0) return mask;
  mark(mask, {ste::Config});
  const u64 config = ste::Config.get(entry);
  if (config == ste::kConfigBypass) mark(mask, {ste::SHCFG});
  if (config == ste::kConfigS1 || config == ste::kConfigNested) {
    mark(mask, {ste::S1Fmt, ste::S1ContextPtr, ste::S1CDMax, ste::S1DSS, ste::S1CIR, ste::S1COR, ste::S1CSH,
                ste::PPAR, ste::S1STALLD, ste::EATS, ste::STRW, ste::S2VMID});
    if (ste::S1DSS.get(entry) == ste::kS1DssBypass) mark(mask, {ste::SHCFG});
  }
  if (config == ste::kConfigNested)
    mark(mask, {ste::S2T0SZ, ste::S2SL0, ste::S2TG, ste::S2PS, ste::S2IR0, ste::S2OR0, ste::S2SH0,
                ste::S2AA64, ste::S2R, ste::S2TTB});
  return mask;
}

Entry cd_used(const Entry& entry) {
  Entry mask{};
  cd::V.set(mask, 1);
  if (cd::V.get(entry) == 0) return mask;
  mask.fill(~u64{0});
  if (cd::EPD0.get(entry) != 0) {  // 5.4: IGNORED when EPD0 is 1
    for (const spec::Field f : {cd::T0SZ, cd::TG0, cd::IR0, cd::OR0, cd::SH0, cd::TTB0}) f.set(mask, 0);
  }
  return mask;
}

}  // namespace smmu_vp::sw
