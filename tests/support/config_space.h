// A function's configuration space as software reads and writes it: offsets and bits of the PCI Express Base
// Specification, typed independently of the tables in tlm/spec; tests/spec compares the two.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::test::pci {

// The header, from 0.
inline constexpr u32 COMMAND = 0x04, STATUS = 0x06, BAR0 = 0x10, BAR1 = 0x14, CAPABILITIES = 0x34;
inline constexpr u32 kMemorySpace = 1 << 1, kBusMaster = 1 << 2;  // Command
inline constexpr u32 kCapabilitiesList = 1 << 4;                  // Status
inline constexpr u32 kAbsent = 0xFFFF'FFFF;                       // read when no device answers

// Offsets from the start of each capability.
namespace express {
inline constexpr u32 DEVICE_CONTROL = 0x08;
inline constexpr u32 kInitiateFlr = 1 << 15;
}  // namespace express
namespace msix {
inline constexpr u32 MESSAGE_CONTROL = 0x02;
inline constexpr u32 kEnable = 1 << 15;
}  // namespace msix
namespace pasid {
inline constexpr u32 CAPABILITY = 0x04, CONTROL = 0x06;
inline constexpr u32 kEnable = 1 << 0;
}  // namespace pasid
namespace ats {
inline constexpr u32 CAPABILITY = 0x04, CONTROL = 0x06;
inline constexpr u32 kPageAligned = 1 << 5;  // Capability
inline constexpr u32 kEnable = 1 << 15;      // Control
}  // namespace ats
namespace pri {
inline constexpr u32 CONTROL = 0x04, STATUS = 0x06, CAPACITY = 0x08, ALLOCATION = 0x0C;
inline constexpr u32 kEnable = 1 << 0, kReset = 1 << 1;  // Control
inline constexpr u32 kResponseFailure = 1 << 0, kUnexpectedGroup = 1 << 1, kStopped = 1 << 8,
                     kResponseNeedsPasid = 1 << 15;                // Status
inline constexpr u32 kOutOfService = kStopped | kResponseFailure;  // until it is enabled again
}  // namespace pri

}  // namespace smmu_vp::test::pci
