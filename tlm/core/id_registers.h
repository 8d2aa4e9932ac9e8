// ID registers computed from the configuration, and the refusal of configurations that would make them lie.
#pragma once

#include <optional>
#include <string>

#include "tlm/core/smmu_config.h"

namespace smmu_vp::core {

// The reset value of a register of 6.3.1 to 6.3.8, by offset; 0 for one that reports nothing here.
u32 id_register(u32 offset, const SmmuConfig& config);

// What this implementation cannot be: one line naming the key, its value and the limit. Nothing when it can.
std::optional<std::string> unsupported(const SmmuConfig& config);

}  // namespace smmu_vp::core
