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

}  // namespace

std::string_view text_of(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::kNone:
      return "nothing";
    case Obstacle::kFixedTables:
      return "tables or queues at fixed addresses are not supported";
    case Obstacle::kNoTranslation:
      return "no translation supported";
    case Obstacle::kTableFormat:
      return "AArch64 table format not supported";
    case Obstacle::kEndianness:
      return "unsupported TTENDIAN";
    case Obstacle::kCommandQueue:
      return "command queue too small";
    case Obstacle::kNoGranule:
      return "no translation granule";
    case Obstacle::kNotCoherent:
      return "table accesses are not coherent";
    case Obstacle::kNoStage1:
      return "no stage 1";
    case Obstacle::kNoSubstreams:
      return "no substreams";
    case Obstacle::kPageSize:
      return "the kernel's page size is not supported";
    case Obstacle::kOutputSize:
      return "output addresses are smaller than the CPU's";
  }
  return "?";
}

Obstacle boot_obstacle(const IdRegisters& ids) {
  if (spec::IDR1::TABLES_PRESET.get(ids.idr1) || spec::IDR1::QUEUES_PRESET.get(ids.idr1) ||
      spec::IDR1::REL.get(ids.idr1))
    return Obstacle::kFixedTables;
  if (!spec::IDR0::S1P.get(ids.idr0) && !spec::IDR0::S2P.get(ids.idr0)) return Obstacle::kNoTranslation;
  if ((spec::IDR0::TTF.get(ids.idr0) & spec::kTtfVmsav8_64) == 0) return Obstacle::kTableFormat;
  if (spec::IDR0::TTENDIAN.get(ids.idr0) == spec::kTtendianBig) return Obstacle::kEndianness;
  if (spec::IDR1::CMDQS.get(ids.idr1) < kLeastCommandQueueLog2) return Obstacle::kCommandQueue;
  if (!spec::IDR5::GRAN4K.get(ids.idr5) && !spec::IDR5::GRAN16K.get(ids.idr5) &&
      !spec::IDR5::GRAN64K.get(ids.idr5))
    return Obstacle::kNoGranule;
  return Obstacle::kNone;
}

Obstacle sva_obstacle(const IdRegisters& ids, const DriverConfig& config) {
  if (spec::IDR0::COHACC.get(ids.idr0) == 0) return Obstacle::kNotCoherent;
  if (spec::IDR0::S1P.get(ids.idr0) == 0) return Obstacle::kNoStage1;
  if (spec::IDR1::SSIDSIZE.get(ids.idr1) == 0) return Obstacle::kNoSubstreams;
  if (!granule_supported(ids.idr5, config.granule)) return Obstacle::kPageSize;
  if (spec::kAddressSizeBits[spec::IDR5::OAS.get(ids.idr5)] < config.cpu_pa_bits)
    return Obstacle::kOutputSize;
  return Obstacle::kNone;
}

std::optional<Features> probe_features(Env& env, const Registers& registers) {
  const u32 idr0 = registers.read32(spec::offset::IDR0), idr1 = registers.read32(spec::offset::IDR1),
            idr3 = registers.read32(spec::offset::IDR3), idr5 = registers.read32(spec::offset::IDR5);
  const IdRegisters ids{idr0, idr1, idr3, idr5};
  if (const Obstacle why = boot_obstacle(ids); why != Obstacle::kNone) {
    env.os.printk(LogLevel::kErr, text("arm-smmu-v3: ", text_of(why)));
    return std::nullopt;
  }
  Features f{};
  f.two_level_stream_table = spec::IDR0::ST_LEVEL.get(idr0) == spec::kStLevelTwo;
  f.two_level_cd_table = spec::IDR0::CD2L.get(idr0) != 0;
  f.s2 = spec::IDR0::S2P.get(idr0) != 0;
  f.granule_4k = spec::IDR5::GRAN4K.get(idr5) != 0;
  f.ats = spec::IDR0::ATS.get(idr0) != 0;
  f.pri = spec::IDR0::PRI.get(idr0) != 0;
  f.msi = spec::IDR0::MSI.get(idr0) != 0;
  f.sev = spec::IDR0::SEV.get(idr0) != 0;
  f.btm = spec::IDR0::BTM.get(idr0) != 0;
  f.attr_types_ovr = spec::IDR1::ATTR_TYPES_OVR.get(idr1) != 0;
  f.hyp = spec::IDR0::Hyp.get(idr0) != 0;
  f.el2 = f.hyp && env.config.el2;
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
  f.smallest_granule_shift = f.granule_4k ? 12 : spec::IDR5::GRAN16K.get(idr5) ? 14 : 16;
  f.msi = f.msi && spec::IDR0::COHACC.get(idr0) != 0;  // the driver polls for CMD_SYNC's MSI in cached memory
  const Obstacle obstacle = sva_obstacle(ids, env.config);
  f.sva = obstacle == Obstacle::kNone;
  if (!f.sva)
    env.os.printk(LogLevel::kInfo, text("arm-smmu-v3: no shared virtual addressing: ", text_of(obstacle)));
  return f;
}

}  // namespace smmu_vp::sw
