// The SMMU's features, from its ID registers, and whether the driver can use it.
#pragma once

#include <optional>
#include <string_view>

#include "sw_driver/env.h"
#include "sw_driver/smmu_v3/registers.h"

namespace smmu_vp::sw {

struct IdRegisters {
  u32 idr0, idr1, idr3, idr5;
};

// Why the driver refuses to use an SMMU, or to share address spaces with it.
enum class Obstacle : u8 {
  kNone,
  kFixedTables,
  kNoTranslation,
  kTableFormat,
  kEndianness,
  kCommandQueue,  // a full batch and its CMD_SYNC do not fit
  kNoGranule,
  kNotCoherent,  // from here on: no shared virtual addressing
  kNoStage1,
  kNoSubstreams,
  kPageSize,    // the SMMU has no granule of the kernel's page size
  kOutputSize,  // the CPU's page tables may hold addresses beyond the SMMU's output size
};
std::string_view text_of(Obstacle obstacle);
// The reason why the driver cannot use this SMMU at all.
Obstacle boot_obstacle(const IdRegisters& ids);
// The reason why it cannot share the CPU's page tables.
Obstacle sva_obstacle(const IdRegisters& ids, const DriverConfig& config);

struct Features {
  bool two_level_stream_table, two_level_cd_table;
  bool s2, ats, pri, msi, sev, hyp, ril, btm;
  bool el2;  // the kernel runs at EL2, and so do its streams
  bool granule_4k;
  bool stalls, stall_forced;
  bool attr_types_ovr;
  bool sva;  // shared virtual addressing: it can use the CPU's page tables
  unsigned asid_bits, sid_bits, ssid_bits;
  unsigned oas_bits;
  unsigned cmdq_log2_max, evtq_log2_max, priq_log2_max;
  unsigned smallest_granule_shift;
};

// Whether the CPU's broadcast TLB maintenance also covers the SMMU's entries of shared address spaces.
inline bool shares_tlb_maintenance(const Env& env, const Features& features) {
  return features.btm && env.config.btm;
}

// A full batch of commands and its CMD_SYNC must fit.
inline constexpr unsigned kLeastCommandQueueLog2 = 7;

// Logs the reason and returns nullopt if the driver refuses this SMMU.
std::optional<Features> probe_features(Env& env, const Registers& registers);

}  // namespace smmu_vp::sw
