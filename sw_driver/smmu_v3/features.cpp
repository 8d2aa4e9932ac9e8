// Reads IDR0, IDR1, IDR3 and IDR5 (6.3.1 to 6.3.6).
#include "sw_driver/smmu_v3/features.h"

#include "sw_driver/text.h"
#include "tlm/spec/cd.h"

namespace smmu_vp::sw {

namespace {

bool granule_supported(u32 idr5, spec::vmsa::Granule g) {
  switch (g) {
    case spec::vmsa::Granule::k4K:
      return spec::IDR5::GRAN4K.get(idr5) != 0;
    case spec::vmsa::Granule::k16K:
      return spec::IDR5::GRAN16K.get(idr5) != 0;
    case spec::vmsa::Granule::k64K:
      return spec::IDR5::GRAN64K.get(idr5) != 0;
  }
  return false;
}

// Null when there is nothing to refuse.
const char* refusal(u32 idr0, u32 idr1, u32 idr5) {
  if (spec::IDR1::TABLES_PRESET.get(idr1) || spec::IDR1::QUEUES_PRESET.get(idr1) || spec::IDR1::REL.get(idr1))
    return "tables or queues at fixed addresses are not supported";
  if (!spec::IDR0::S1P.get(idr0) && !spec::IDR0::S2P.get(idr0)) return "no translation supported";
  if ((spec::IDR0::TTF.get(idr0) & spec::kTtfVmsav8_64) == 0) return "AArch64 table format not supported";
  if (spec::IDR0::TTENDIAN.get(idr0) == spec::kTtendianBig) return "unsupported TTENDIAN";
  // One full batch and its CMD_SYNC must fit.
  if (spec::IDR1::CMDQS.get(idr1) <= 6) return "command queue too small";
  if (!spec::IDR5::GRAN4K.get(idr5) && !spec::IDR5::GRAN16K.get(idr5) && !spec::IDR5::GRAN64K.get(idr5))
    return "no translation granule";
  return nullptr;
}

}  // namespace

std::optional<Features> probe_features(Env& env, const Registers& registers) {
  const u32 idr0 = registers.read32(spec::offset::IDR0), idr1 = registers.read32(spec::offset::IDR1),
            idr3 = registers.read32(spec::offset::IDR3), idr5 = registers.read32(spec::offset::IDR5);
  if (const char* why = refusal(idr0, idr1, idr5)) {
    env.os.printk(LogLevel::kErr, text("arm-smmu-v3: ", why));
    return std::nullopt;
  }
  Features f{};
  f.two_level_stream_table = spec::IDR0::ST_LEVEL.get(idr0) == spec::kStLevelTwo;
  f.two_level_cd_table = spec::IDR0::CD2L.get(idr0) != 0;
  f.ats = spec::IDR0::ATS.get(idr0) != 0;
  f.pri = spec::IDR0::PRI.get(idr0) != 0;
  f.msi = spec::IDR0::MSI.get(idr0) != 0;
  f.sev = spec::IDR0::SEV.get(idr0) != 0;
  f.btm = spec::IDR0::BTM.get(idr0) != 0;
  f.hyp = spec::IDR0::Hyp.get(idr0) != 0;
  f.ril = spec::IDR3::RIL.get(idr3) != 0;
  const u64 stall_model = spec::IDR0::STALL_MODEL.get(idr0);
  f.stalls = stall_model != spec::kStallModelNone;
  f.stall_forced = stall_model == spec::kStallModelForced;
  f.asid_bits = spec::IDR0::ASID16.get(idr0) ? 16 : 8;
  f.sid_bits = static_cast<unsigned>(spec::IDR1::SIDSIZE.get(idr1));
  f.ssid_bits = static_cast<unsigned>(spec::IDR1::SSIDSIZE.get(idr1));
  f.oas_bits = spec::kAddressSizeBits[spec::IDR5::OAS.get(idr5)];
  f.cmdq_log2_max = static_cast<unsigned>(spec::IDR1::CMDQS.get(idr1));
  f.evtq_log2_max = static_cast<unsigned>(spec::IDR1::EVENTQS.get(idr1));
  f.priq_log2_max = static_cast<unsigned>(spec::IDR1::PRIQS.get(idr1));
  f.smallest_granule_shift = spec::IDR5::GRAN4K.get(idr5) ? 12 : spec::IDR5::GRAN16K.get(idr5) ? 14 : 16;
  const bool coherent = spec::IDR0::COHACC.get(idr0) != 0;
  f.sva = coherent && spec::IDR0::S1P.get(idr0) && f.ssid_bits != 0 &&
          granule_supported(idr5, env.config.granule) && f.oas_bits >= env.config.cpu_pa_bits;
  f.msi = f.msi && coherent;  // a CMD_SYNC's MSI is polled for in cached memory
  if (!f.sva) env.os.printk(LogLevel::kInfo, "arm-smmu-v3: shared virtual addressing is not possible");
  return f;
}

}  // namespace smmu_vp::sw
