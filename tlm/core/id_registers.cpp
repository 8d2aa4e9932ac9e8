// IDR0 to IDR5 and AIDR, field by field.
#include "tlm/core/id_registers.h"

#include <algorithm>
#include <array>

#include "tlm/core/table_limits.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::core {

namespace {

u32 idr0(const SmmuFeatures& f) {
  u64 r = 0;
  r = spec::IDR0::S1P.set(r, f.s1);
  r = spec::IDR0::S2P.set(r, f.s2);
  r = spec::IDR0::TTF.set(r, spec::kTtfVmsav8_64);
  r = spec::IDR0::COHACC.set(r, 1);
  r = spec::IDR0::BTM.set(r, f.btm);
  r = spec::IDR0::HTTU.set(r, f.httu);
  r = spec::IDR0::Hyp.set(r, f.hyp);
  r = spec::IDR0::ATS.set(r, f.ats);
  r = spec::IDR0::ATSRECERR.set(r, f.records_ats_errors());
  r = spec::IDR0::PRI.set(r, f.pri);
  r = spec::IDR0::ASID16.set(r, f.asid_bits == 16);
  r = spec::IDR0::VMID16.set(r, f.vmid_bits == 16);
  r = spec::IDR0::VMW.set(r, f.s2);
  r = spec::IDR0::MSI.set(r, f.msi);
  r = spec::IDR0::SEV.set(r, f.sev);
  r = spec::IDR0::CD2L.set(r, f.s1 && f.cd_table_levels == 2);
  r = spec::IDR0::TTENDIAN.set(r, spec::kTtendianLittle);
  r = spec::IDR0::STALL_MODEL.set(r, f.stall_model);
  r = spec::IDR0::TERM_MODEL.set(r, f.term_model);
  r = spec::IDR0::ST_LEVEL.set(r, f.stream_table_levels == 2 ? spec::kStLevelTwo : spec::kStLevelLinear);
  return static_cast<u32>(r);
}

u32 idr1(const SmmuFeatures& f) {
  u64 r = 0;
  r = spec::IDR1::SIDSIZE.set(r, f.sid_bits);
  r = spec::IDR1::SSIDSIZE.set(r, f.ssid_bits);
  r = spec::IDR1::PRIQS.set(r, f.pri ? f.priq_log2_max : 0);
  r = spec::IDR1::EVENTQS.set(r, f.eventq_log2_max);
  r = spec::IDR1::CMDQS.set(r, f.cmdq_log2_max);
  r = spec::IDR1::ATTR_PERMS_OVR.set(r, 1);
  r = spec::IDR1::ATTR_TYPES_OVR.set(r, f.attr_types_ovr);
  return static_cast<u32>(r);
}

u32 idr3(const SmmuFeatures& f) {
  u64 r = 0;
  r = spec::IDR3::HAD.set(r, f.s1 && f.version >= 1);
  r = spec::IDR3::XNX.set(r, f.s2 && f.version >= 1);
  r = spec::IDR3::PTWNNC.set(r, f.s2 && f.version >= 3);  // this system's memory is the same for all types
  r = spec::IDR3::PPS.set(r, f.repeats_pasid());
  r = spec::IDR3::STT.set(r, f.small_tables());
  r = spec::IDR3::RIL.set(r, f.ranges());
  r = spec::IDR3::BBML.set(r, f.version >= 2 ? 2 : 0);
  r = spec::IDR3::FWB.set(r, f.version >= 2);
  r = spec::IDR3::E0PD.set(r, f.version >= 3);
  return static_cast<u32>(r);
}

u32 idr5(const SmmuConfig& config) {
  const SmmuFeatures& f = config.features;
  const auto oas = std::ranges::find(spec::kAddressSizeBits, static_cast<u8>(f.oas_bits));
  u64 r = 0;
  r = spec::IDR5::OAS.set(r, static_cast<u64>(oas - spec::kAddressSizeBits.begin()));
  r = spec::IDR5::VAX.set(r, wide_addresses(f));
  r = spec::IDR5::GRAN4K.set(r, f.granule_4k);
  r = spec::IDR5::GRAN16K.set(r, f.granule_16k);
  r = spec::IDR5::GRAN64K.set(r, f.granule_64k);
  r = spec::IDR5::STALL_MAX.set(r, f.stall_model == spec::kStallModelNone ? 0 : config.stalls);
  return static_cast<u32>(r);
}

// One rule: the key, its value, whether the value is supported, and the limit to report.
struct Value {
  std::string text;
  Value(bool v) : text(v ? "true" : "false") {}
  Value(unsigned v) : text(std::to_string(v)) {}
  Value(u64 v) : text(std::to_string(v)) {}
};
struct Rule {
  const char* key;
  Value value;
  bool stands;
  const char* limit;
};

bool power_of_two_up_to(u64 value, u64 max) {
  return value != 0 && (value & (value - 1)) == 0 && value <= max;
}

}  // namespace

u32 id_register(u32 offset, const SmmuConfig& config) {
  switch (offset) {
    case spec::offset::IDR0:
      return idr0(config.features);
    case spec::offset::IDR1:
      return idr1(config.features);
    case spec::offset::IDR3:
      return idr3(config.features);
    case spec::offset::IDR5:
      return idr5(config);
    case spec::offset::AIDR:
      return static_cast<u32>(spec::AIDR::ArchMinorRev.set(0, config.features.version));
    default:
      return 0;
  }
}

std::optional<std::string> unsupported(const SmmuConfig& config) {
  const SmmuFeatures& f = config.features;
  const bool oas_known =
      std::ranges::find(spec::kAddressSizeBits, f.oas_bits) != spec::kAddressSizeBits.end();
  const Rule rules[] = {
      {"smmu.features.version", f.version, f.version <= 3, "0 to 3"},
      {"smmu.features.s1", f.s1, f.s1 || f.s2, "true unless smmu.features.s2"},
      {"smmu.features.httu", f.httu, f.httu <= 2, "0 to 2"},
      {"smmu.features.hyp", f.hyp, !f.hyp || (f.s1 && f.s2), "false unless there are both stages (6.3.1)"},
      {"smmu.features.hyp", f.hyp, f.hyp || f.version < 2 || !f.s1 || !f.s2,
       "true with both stages from SMMUv3.2 on (6.3.1)"},
      {"smmu.features.pri", f.pri, !f.pri || f.ats, "false unless smmu.features.ats (6.3.1)"},
      {"smmu.features.ril", f.ril, f.ril || f.version < 2, "true from SMMUv3.2 on (6.3.4)"},
      {"smmu.features.stall_model", f.stall_model, f.stall_model <= 2, "0 to 2"},
      {"smmu.features.term_model", f.term_model, f.term_model <= 1, "0 or 1"},
      {"smmu.features.asid_bits", f.asid_bits, f.asid_bits == 8 || f.asid_bits == 16, "8 or 16"},
      {"smmu.features.vmid_bits", f.vmid_bits, f.vmid_bits == 8 || f.vmid_bits == 16, "8 or 16"},
      {"smmu.features.oas_bits", f.oas_bits, oas_known, "32, 36, 40, 42, 44, 48 or 52"},
      {"smmu.features.oas_bits", f.oas_bits, f.oas_bits < 52 || (f.granule_64k && f.version >= 1),
       "48 at most without the 64k granule or before SMMUv3.1 (6.3.6)"},
      {"smmu.features.sid_bits", f.sid_bits, f.sid_bits <= 32, "0 to 32"},
      {"smmu.features.ssid_bits", f.ssid_bits, f.ssid_bits <= 20, "0 to 20"},
      {"smmu.features.ssid_bits", f.ssid_bits, f.s1 || f.ssid_bits == 0, "0 without stage 1 (3.3.2)"},
      {"smmu.features.granules", false, f.granule_4k || f.granule_16k || f.granule_64k, "at least one"},
      {"smmu.features.stream_table_levels", f.stream_table_levels,
       f.stream_table_levels == 2 || (f.stream_table_levels == 1 && f.sid_bits < 7),
       "1 or 2, and 2 when sid_bits is 7 or more (6.3.2)"},
      {"smmu.features.cd_table_levels", f.cd_table_levels, f.cd_table_levels == 1 || f.cd_table_levels == 2,
       "1 or 2"},
      {"smmu.features.cmdq_log2_max", f.cmdq_log2_max, f.cmdq_log2_max <= 19, "0 to 19"},
      {"smmu.features.eventq_log2_max", f.eventq_log2_max, f.eventq_log2_max <= 19, "0 to 19"},
      {"smmu.features.priq_log2_max", f.priq_log2_max, f.priq_log2_max <= 19, "0 to 19"},
      {"smmu.base", config.base, (config.base & 0xFFFF) == 0, "a multiple of 64 KB (6.1)"},
      {"smmu.tbus", config.tbus, config.tbus >= 1 && config.tbus <= 64, "1 to 64"},
      {"smmu.tcu.walkers", config.walkers, config.walkers >= 1 && config.walkers <= 1024, "1 to 1024"},
      {"smmu.tcu.walk_cache_entries", config.walk_cache_entries,
       config.walk_cache_entries == 0 || power_of_two_up_to(config.walk_cache_entries, 65536),
       "0 or a power of two up to 65536"},
      {"smmu.tcu.config_cache_entries", config.config_cache_entries,
       power_of_two_up_to(config.config_cache_entries, 65536), "a power of two up to 65536"},
      {"smmu.tcu.stalls", config.stalls, config.stalls >= 1 && config.stalls <= 65535, "1 to 65535"},
  };
  for (const Rule& rule : rules) {
    if (!rule.stands) return std::string(rule.key) + " = " + rule.value.text + ": must be " + rule.limit;
  }
  return std::nullopt;
}

}  // namespace smmu_vp::core
