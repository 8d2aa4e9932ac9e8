// The accelerator's registers that tests write, from its data sheet (tlm/spec/accelerator.h) but
// typed anew: offsets from its base.
#pragma once

#include <cstdint>

namespace smmu_vp::test::accelerator {

inline constexpr std::uint32_t STOP = 0x20;  // 64 bits; the PASID in 19:0

}  // namespace smmu_vp::test::accelerator
