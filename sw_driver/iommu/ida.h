// An ID allocator. It hands out the lowest free number, so a freed number is soon reused, and never 0.
#pragma once

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include "sw_driver/env.h"

namespace smmu_vp::sw {

class Ida {
 public:
  // Returns a number from 1 to `end` - 1.
  std::optional<u32> allocate(u32 end) {
    while (first_ < words_.size() && words_[first_] == ~u64{0}) ++first_;
    if (first_ == words_.size()) words_.push_back(first_ == 0 ? 1 : 0);
    const auto number =
        static_cast<u32>(64 * first_ + static_cast<unsigned>(std::countr_one(words_[first_])));
    if (number >= end) return std::nullopt;
    words_[first_] |= u64{1} << number % 64;
    return number;
  }
  void free(u32 number) {
    words_[number / 64] &= ~(u64{1} << number % 64);
    first_ = std::min<std::size_t>(first_, number / 64);
  }

 private:
  std::vector<u64> words_;  // one bit per number, set if it is in use; 0 always is
  std::size_t first_ = 0;   // every word before it is full
};

}  // namespace smmu_vp::sw
