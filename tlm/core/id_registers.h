// Computes the ID registers from the configuration, and refuses configurations they
// could not truthfully report.
#pragma once

#include <optional>
#include <string>

#include "tlm/core/smmu_config.h"

namespace smmu_vp::core {

// The reset value of an ID register (6.3.1 to 6.3.8) by offset; 0 for registers that report nothing here.
u32 id_register(u32 offset, const SmmuConfig& config);

// One line that names an unsupported key, its value and the limit; nothing if the configuration is supported.
std::optional<std::string> unsupported(const SmmuConfig& config);

}  // namespace smmu_vp::core
