// What this SMMU can do, from its ID registers, and whether the driver can work with it.
#pragma once

#include <optional>

#include "sw_driver/env.h"
#include "sw_driver/smmu_v3/registers.h"

namespace smmu_vp::sw {

struct Features {
  bool two_level_stream_table, two_level_cd_table;
  bool ats, pri, msi, sev, hyp, ril, btm;
  bool stalls, stall_forced;
  bool sva;  // an address space of the CPU can be used as it is
  unsigned asid_bits, sid_bits, ssid_bits;
  unsigned oas_bits;
  unsigned cmdq_log2_max, evtq_log2_max, priq_log2_max;
  unsigned smallest_granule_shift;
};

// The CPU's TLB maintenance is the SMMU's too, for address spaces that they share.
inline bool shares_tlb_maintenance(const Env& env, const Features& features) {
  return features.btm && env.config.btm;
}

// Reports why and returns nothing when the driver refuses this SMMU.
std::optional<Features> probe_features(Env& env, const Registers& registers);

}  // namespace smmu_vp::sw
