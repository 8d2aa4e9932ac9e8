// Requests and answers of a translation cache: the values of its RTL ports and of its facts.
#pragma once

#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

enum class LookupStatus : u8 { kHit = 0, kMiss = 1, kMerged = 2, kFull = 3 };

constexpr std::string_view to_string(LookupStatus status) {
  switch (status) {
    case LookupStatus::kHit:
      return "hit";
    case LookupStatus::kMiss:
      return "miss";
    case LookupStatus::kMerged:
      return "merged";
    case LookupStatus::kFull:
      return "full";
  }
  return "?";
}

enum class InvalidationScope : u8 { kAll = 0, kVmid = 1, kContext = 2, kVa = 3 };

constexpr std::string_view to_string(InvalidationScope scope) {
  switch (scope) {
    case InvalidationScope::kAll:
      return "all";
    case InvalidationScope::kVmid:
      return "vmid";
    case InvalidationScope::kContext:
      return "context";
    case InvalidationScope::kVa:
      return "va";
  }
  return "?";
}

}  // namespace smmu_vp::spec
