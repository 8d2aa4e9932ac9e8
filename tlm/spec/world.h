// The tag of a cached translation besides ASID and VMID.
#pragma once

#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// The translation regime a context belongs to, or a device's own cache; entries of one world never match
// lookups of another (3.17).
enum class World : u8 { kNsEl1 = 0, kNsEl2 = 1, kNsEl2E2h = 2, kAtc = 3 };

constexpr std::string_view to_string(World world) {
  switch (world) {
    case World::kNsEl1:
      return "NS-EL1";
    case World::kNsEl2:
      return "NS-EL2";
    case World::kNsEl2E2h:
      return "NS-EL2-E2H";
    case World::kAtc:
      return "ATC";
  }
  return "?";
}

}  // namespace smmu_vp::spec
