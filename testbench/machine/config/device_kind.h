// The properties of a kind of device that follow from the configuration alone. The kinds are in
// device_kinds.def.
#pragma once

#include <array>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

#define SMMU_VP_DEVICE_KIND(id, ...) id,
enum class EndpointKind : u8 {
#include "testbench/machine/config/device_kinds.def"
};
#undef SMMU_VP_DEVICE_KIND

// How a device is connected to the machine, and thereby how it pages: a PCIe function by ATS and PRI, a
// platform device on the system bus by stalls.
enum class Attachment : u8 { kPcieFunction, kPlatformDevice };

struct DeviceKind {
  std::string_view name;
  Attachment attachment;
  bool driven;  // by the kernel's accelerator driver
  std::string_view help;
};

#define SMMU_VP_DEVICE_KIND(id, name, attachment, core, driven, help) \
  DeviceKind{name, Attachment::attachment, driven, help},
inline constexpr std::array kDeviceKinds = {
#include "testbench/machine/config/device_kinds.def"
};
#undef SMMU_VP_DEVICE_KIND

constexpr const DeviceKind& device_kind(EndpointKind kind) {
  return kDeviceKinds[static_cast<std::size_t>(kind)];
}

}  // namespace smmu_vp::tb
