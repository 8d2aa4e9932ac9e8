// Fixed-width integer names used everywhere in the tree, and ranges of addresses.
#pragma once

#include <cstdint>

namespace smmu_vp {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

// [address, address + bytes), of whichever address space.
struct AddressRange {
  u64 address = 0, bytes = 0;
};

namespace spec {
using smmu_vp::u16;
using smmu_vp::u32;
using smmu_vp::u64;
using smmu_vp::u8;
}  // namespace spec

}  // namespace smmu_vp
