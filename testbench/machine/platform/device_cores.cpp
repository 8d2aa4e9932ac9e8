// Selects a device's core by the core column of device_kinds.def. The cores are declared from it too, so that
// a new kind needs no line here.
#include "testbench/machine/platform/device_cores.h"

namespace smmu_vp::device {

#define SMMU_VP_DEVICE_KIND(id, name, attachment, core, ...) extern const CoreKind core;
#include "testbench/machine/config/device_kinds.def"
#undef SMMU_VP_DEVICE_KIND

}  // namespace smmu_vp::device

namespace smmu_vp::tb {

const device::CoreKind& core_of(EndpointKind kind) {
#define SMMU_VP_DEVICE_KIND(id, name, attachment, core, ...) &device::core,
  static constexpr const device::CoreKind* kCores[] = {
#include "testbench/machine/config/device_kinds.def"
  };
#undef SMMU_VP_DEVICE_KIND
  return *kCores[static_cast<std::size_t>(kind)];
}

}  // namespace smmu_vp::tb
