// The memory type and shareability of an access, with its allocation hints (13.1.1).
#pragma once

#include <bit>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// `attributes` is encoded as a byte of MAIR, `shareability` as SH[1:0].
struct MemoryType {
  u8 attributes = 0xFF;  // default: Normal Write-Back, allocating, Non-shareable (13.1.3)
  u8 shareability = 0;
  friend constexpr bool operator==(const MemoryType& a, const MemoryType& b) {
    return std::bit_cast<u16>(a) == std::bit_cast<u16>(b);
  }
};

// What a root port supplies for all accesses, as PCIe has no memory types: cacheable and Inner Shareable (SMMU 13.6.1).
inline constexpr MemoryType kPcieMemoryType{.attributes = 0xFF, .shareability = 0b11};

}  // namespace smmu_vp::spec
