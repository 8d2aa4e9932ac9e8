// A function's configuration space as software reads and writes it: offsets and bits of the PCI Express Base
// Specification, typed independently of the tables in tlm/spec; tests/spec compares the two.
#pragma once

#include "tests/support/bits.h"

namespace smmu_vp::test::pci {

// The header, from 0.
inline constexpr u32 VENDOR = 0x00, COMMAND = 0x04, STATUS = 0x06, CLASS = 0x09, HEADER_TYPE = 0x0E,
                     BAR0 = 0x10, BAR1 = 0x14, CAPABILITIES = 0x34;
inline constexpr u32 k64BitBar = 0b10 << 1;
inline constexpr u32 kNoVendor = 0xFFFF;                          // read when no function is there
inline constexpr u32 kMemorySpace = 1 << 1, kBusMaster = 1 << 2;  // Command
inline constexpr u32 kCapabilitiesList = 1 << 4;                  // Status
inline constexpr u32 kAbsent = 0xFFFF'FFFF;                       // read when no device answers

// A bridge's header.
namespace bridge {
inline constexpr u32 kHeaderType = 1;
inline constexpr u32 PRIMARY_BUS = 0x18, SECONDARY_BUS = 0x19, SUBORDINATE_BUS = 0x1A, MEMORY_BASE = 0x20,
                     MEMORY_LIMIT = 0x22;
}  // namespace bridge

// The word before each extended capability: the next one's offset, a version and its ID.
inline constexpr u32 EXTENDED = 0x100;
inline constexpr u32 extended(u32 id, u32 next = 0) {
  return next << 20 | 1 << 16 | id;
}
inline constexpr u32 extended_id(u32 word) {
  return word & 0xFFFF;
}
inline constexpr u32 next_extended(u32 word) {
  return word >> 20;
}

// Offsets from the start of each capability.
namespace express {
inline constexpr u32 ID = 0x10;
inline constexpr u32 DEVICE_CONTROL = 0x08;
inline constexpr u32 kInitiateFlr = 1 << 15;
}  // namespace express
namespace msix {
inline constexpr u32 ID = 0x11, MESSAGE_CONTROL = 0x02, TABLE = 0x04;
inline constexpr u32 kEnable = 1 << 15;
}  // namespace msix
namespace pasid {
inline constexpr u32 ID = 0x1B, CAPABILITY = 0x04, CONTROL = 0x06;
inline constexpr Bits32 max_width{8};   // Capability
inline constexpr u32 kEnable = 1 << 0;  // Control
}  // namespace pasid
namespace ats {
inline constexpr u32 ID = 0x0F, CAPABILITY = 0x04, CONTROL = 0x06;
inline constexpr u32 kPageAligned = 1 << 5;  // Capability
inline constexpr u32 kEnable = 1 << 15;      // Control
}  // namespace ats
namespace pri {
inline constexpr u32 ID = 0x13, CONTROL = 0x04, STATUS = 0x06, CAPACITY = 0x08, ALLOCATION = 0x0C;
inline constexpr u32 kEnable = 1 << 0, kReset = 1 << 1;  // Control
inline constexpr u32 kResponseFailure = 1 << 0, kUnexpectedGroup = 1 << 1, kStopped = 1 << 8,
                     kResponseNeedsPasid = 1 << 15;                // Status
inline constexpr u32 kOutOfService = kStopped | kResponseFailure;  // until it is enabled again
}  // namespace pri

}  // namespace smmu_vp::test::pci
