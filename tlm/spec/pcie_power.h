// PCI Express: the Power Management capability (7.5.2).
#pragma once

#include "tlm/spec/field.h"

namespace smmu_vp::spec::pcie::power {

inline constexpr u8 kId = 0x01;
inline constexpr unsigned kCapabilities = 0x02, kControl = 0x04;
namespace capabilities {
inline constexpr Field Version{2, 0};
inline constexpr u64 kVersion = 0b011;
}  // namespace capabilities
namespace control {
inline constexpr Field PowerState{1, 0};
inline constexpr Field NoSoftReset{3, 3};
inline constexpr u64 kD0 = 0b00, kD3Hot = 0b11;
}  // namespace control

}  // namespace smmu_vp::spec::pcie::power
