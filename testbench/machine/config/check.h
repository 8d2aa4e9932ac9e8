// Checks the configuration as a whole, after every single value was checked.
#pragma once

#include "testbench/machine/config/config.h"

namespace smmu_vp::tb {

// Throws ConfigError.
void check(const Config& config);

}  // namespace smmu_vp::tb
