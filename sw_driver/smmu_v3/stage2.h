// A hypervisor's part below the kernel's: stage 2 tables that map every address to itself, for the STEs of devices.
#pragma once

#include <optional>

#include "sw_driver/smmu_v3/entries.h"
#include "sw_driver/smmu_v3/features.h"

namespace smmu_vp::sw {

// Addresses from 0 up to this one are mapped.
inline constexpr u64 kIdentityEnd = u64{1} << 39;

// Nothing if the SMMU cannot walk such tables for this driver's streams, or memory is exhausted.
std::optional<Stage2Tables> identity_stage2(Env& env, const Features& features);

}  // namespace smmu_vp::sw
