// The rules that a device can break, in the words of a violation and of a count.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum class DeviceBreach : u8 {
  kNeverGranted,
  kReadOnly,
  kGivenUp,
  kAtsDisabled,
  kPasidDisabled,
  kStopped,
  kPriDisabled,
  kPriFailed,
  kBeyondAllocation
};

struct DeviceBreachText {
  DeviceBreach which;
  std::string_view what;  // several of them
  std::string_view how;   // after one access or request, or after `what`
};

inline constexpr std::array kDeviceBreaches = {
    DeviceBreachText{DeviceBreach::kNeverGranted, "translated accesses", "that no ATS answer granted"},
    DeviceBreachText{DeviceBreach::kReadOnly, "translated writes", "where only reading was granted"},
    DeviceBreachText{DeviceBreach::kGivenUp, "translated accesses",
                     "after it completed the invalidation or lost ATS"},
    DeviceBreachText{DeviceBreach::kAtsDisabled, "ATS requests and translated accesses",
                     "while its ATS was disabled"},
    DeviceBreachText{DeviceBreach::kPasidDisabled, "accesses with a PASID",
                     "while its PASID capability was disabled"},
    DeviceBreachText{DeviceBreach::kStopped, "accesses", "after it reported the PASID stopped"},
    DeviceBreachText{DeviceBreach::kPriDisabled, "page requests", "while its PRI was disabled"},
    DeviceBreachText{DeviceBreach::kPriFailed, "page requests", "after a Response Failure"},
    DeviceBreachText{DeviceBreach::kBeyondAllocation, "page requests", "beyond its allocation"},
};

// The table is in the order of the enumeration.
constexpr const DeviceBreachText& text_of(DeviceBreach breach) {
  return kDeviceBreaches[static_cast<std::size_t>(breach)];
}

}  // namespace smmu_vp::tb
