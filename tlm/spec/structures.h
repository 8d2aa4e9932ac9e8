// The structures in memory that configure a stream (3.3), by their names in the manual.
#pragma once

#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

enum class Structure : u8 { kL1Std, kSte, kL1Cd, kCd };

constexpr std::string_view to_string(Structure structure) {
  switch (structure) {
    case Structure::kL1Std:
      return "L1STD";
    case Structure::kSte:
      return "STE";
    case Structure::kL1Cd:
      return "L1CD";
    case Structure::kCd:
      return "CD";
  }
  return "?";
}

}  // namespace smmu_vp::spec
