// PCI Express: the Power Management capability (7.5.2).
#pragma once

#include "tlm/spec/field.h"

namespace smmu_vp::spec::pcie::power {

inline constexpr u8 kId = 0x01;
inline constexpr unsigned kCapabilities = 0x02, kControl = 0x04;
namespace capabilities {
inline constexpr Field Version{2, 0};
inline constexpr u64 kVersion = 0b011;
inline constexpr Field PmeSupport{15, 11};
inline constexpr u64 kD0AndD3 = 0b11001;  // D0, D3hot, D3cold
}  // namespace capabilities
namespace control {
inline constexpr Field PowerState{1, 0};
inline constexpr Field NoSoftReset{3, 3};
inline constexpr Field PmeEnable{8, 8};
inline constexpr u64 kD0 = 0b00, kD3Hot = 0b11;
// A write of a state that is not supported is discarded (7.5.2.2): D1 and D2.
constexpr bool supports(u64 written) {
  const u64 state = PowerState.get(written);
  return state == kD0 || state == kD3Hot;
}
}  // namespace control

}  // namespace smmu_vp::spec::pcie::power
