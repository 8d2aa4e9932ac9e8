// What must hold between configuration keys.
#pragma once

#include "testbench/config/config.h"

namespace smmu_vp::tb {

// Throws ConfigError.
void check(const Config& config);

}  // namespace smmu_vp::tb
