// The memory attributes of an MSI write, from its configuration registers (3.18, 4.7.3, 6.3.23).
#pragma once

#include "tlm/spec/registers.h"

namespace smmu_vp::core {

// `memory_type` is encoded as STE.MemAttr, `shareability` as SH[1:0].
struct MsiAttributes {
  u8 memory_type = 0, shareability = 0;
  bool operator==(const MsiAttributes&) const = default;
};

// As software configures them: MemAttr and SH.
struct MsiFields {
  u64 mem_attr = 0, sh = 0;
};

// The attributes that go out, made consistent (13.1.7).
constexpr MsiAttributes msi_attributes(const MsiFields& configured) {
  constexpr u8 kDeviceNGnRnE = 0b0000, kNormalNonCacheable = 0b0101;
  auto type = static_cast<u8>(configured.mem_attr);
  // 0b0100, 0b1000 and 0b1100 are Reserved and behave as Device-nGnRnE (5.2, MemAttr).
  if ((type & 0b11) == 0) type = kDeviceNGnRnE;
  const bool device = (type & 0b1100) == 0;
  if (device || type == kNormalNonCacheable) return {type, static_cast<u8>(spec::kShOuter)};
  const bool reserved = configured.sh != spec::kShOuter && configured.sh != spec::kShInner;
  return {type, static_cast<u8>(reserved ? spec::kShNonShareable : configured.sh)};
}

}  // namespace smmu_vp::core
