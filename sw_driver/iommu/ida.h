// An ID allocator. It hands out the lowest free number, so a freed number is soon reused, and never 0.
#pragma once

#include <optional>
#include <set>

#include "sw_driver/env.h"

namespace smmu_vp::sw {

class Ida {
 public:
  // Returns a number from 1 to `end` - 1.
  std::optional<u32> allocate(u32 end) {
    u32 number = 1;
    for (const u32 used : used_) {
      if (used != number) break;
      ++number;
    }
    if (number >= end) return std::nullopt;
    used_.insert(number);
    return number;
  }
  void free(u32 number) { used_.erase(number); }

 private:
  std::set<u32> used_;
};

}  // namespace smmu_vp::sw
