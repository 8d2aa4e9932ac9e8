// Checks that everything in the physical address space has a place of its own.
#pragma once

#include "testbench/machine/config/config.h"

namespace smmu_vp::tb {

// Throws ConfigError.
void check_address_map(const Config& config);

}  // namespace smmu_vp::tb
