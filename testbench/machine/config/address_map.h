// Sizes of the places in the platform's physical address space, whose addresses the configuration gives, and which
// interrupt line belongs to what.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

namespace map {
inline constexpr u64 kMsiDoorbellSize = 0x1000;
inline constexpr u64 kSmmuSize = 0x4'0000;  // register pages 0 and 1, then the PMCG
inline constexpr u64 kPlatformDeviceStride = 0x1'0000;
}  // namespace map

// Interrupt lines; MSI-X vectors the driver programs use kFirstMsi upward.
namespace irq {
inline constexpr u32 kSmmuEvent = 32, kSmmuPri = 33, kSmmuGerror = 34, kSmmuCmdSync = 35, kSmmuPmcg = 36;
inline constexpr u32 kSmmuSev = 37;         // a PE's wake-up from WFE (IDR0.SEV)
inline constexpr u32 kPlatformDevice = 40;  // + index
inline constexpr u32 kFirstMsi = 64;
inline constexpr u32 kRootPort = 224;  // INTA; + device number
inline constexpr u32 kLines = 256;
}  // namespace irq

}  // namespace smmu_vp::tb
