// How many descriptors walks have read, by the level of their table: what the walk cache missed.
#pragma once

#include <array>
#include <numeric>

#include "tlm/spec/types.h"

namespace smmu_vp::core {

class DescriptorReads {
 public:
  static constexpr int kFirst = -1, kLast = 3;  // level -1 exists for 52-bit addresses (D8.2)

  void add(int level) { ++by_level_[index(level)]; }
  u64 of(int level) const { return by_level_[index(level)]; }
  u64 total() const { return std::accumulate(by_level_.begin(), by_level_.end(), u64{0}); }
  DescriptorReads operator+(const DescriptorReads& other) const {
    DescriptorReads sum = *this;
    for (std::size_t i = 0; i < by_level_.size(); ++i) sum.by_level_[i] += other.by_level_[i];
    return sum;
  }

 private:
  static constexpr std::size_t index(int level) { return static_cast<std::size_t>(level - kFirst); }

  std::array<u64, kLast - kFirst + 1> by_level_{};
};

}  // namespace smmu_vp::core
