// Bugs that hardware.bug plants in SMMU and ATC, to check that a monitor catches them.
#pragma once

#include <array>
#include <string_view>

#include "tlm/spec/provocation.h"
#include "tlm/spec/types.h"

namespace smmu_vp::core {

#define HARDWARE_BUG(id, ...) id,
enum class HardwareBug : u8 {
  kNone,
#include "tlm/core/hardware_bugs.def"
};

struct HardwareBugInfo {
  HardwareBug bug;
  std::string_view name;
  std::string_view description;
  spec::Provocation shows;
};

#define HARDWARE_BUG(id, name, description, scenario, ...) \
  HardwareBugInfo{HardwareBug::id, name, description, {scenario, {__VA_ARGS__}}},
inline constexpr std::array kHardwareBugs = {
#include "tlm/core/hardware_bugs.def"
};

// Bugs that strike now and then strike once in so many.
inline constexpr u64 kStrikesOnceIn = 8;

}  // namespace smmu_vp::core
