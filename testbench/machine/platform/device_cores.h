// The core for a configured kind of device.
#pragma once

#include "testbench/machine/config/device_kind.h"
#include "tlm/device/core.h"

namespace smmu_vp::tb {

const device::CoreKind& core_of(EndpointKind kind);

}  // namespace smmu_vp::tb
