// The replacement policies of a set with a power-of-two number of ways. The state is one bit per way;
// rtl/replacement.sv keeps the same bits in the same places, so that victims can be compared.
// - Tree pseudo-LRU: one bit per node of a binary tree, in heap order from bit 1. A 1 means that the upper
//   half was used less recently.
// - NRU (not recently used): one bit per way, set when the way is used. If that would set the last clear bit,
//   all others are cleared. The victim is the lowest way whose bit is clear.
#pragma once

#include <array>
#include <bit>

#include "tlm/spec/types.h"

namespace smmu_vp::core {

enum class Replacement : u8 { kTreePlru = 0, kNru = 1 };

class Replacer {
 public:
  Replacer(Replacement policy, unsigned ways) : tree_(policy == Replacement::kTreePlru), ways_(ways) {
    if (ways == 1) return;
    for (unsigned way = 0; way < ways; ++way) {
      if (tree_)
        point_tree_away(way);
      else
        set_[way] = u64{1} << way;
    }
    if (!tree_) all_used_ = ways == 64 ? ~u64{0} : (u64{1} << ways) - 1;
  }

  // The state after a use of `way`.
  u64 touched(u64 state, unsigned way) const {
    const u64 next = (state & ~clear_[way]) | set_[way];
    return next == all_used_ ? set_[way] : next;
  }

  unsigned victim(u64 state) const {
    if (!tree_) return ways_ == 1 ? 0 : static_cast<unsigned>(std::countr_one(state));
    unsigned node = 1;
    while (node < ways_) node = 2 * node + static_cast<unsigned>((state >> node) & 1);
    return node - ways_;
  }

 private:
  void point_tree_away(unsigned way) {
    unsigned node = 1;
    for (unsigned half = ways_ / 2; half != 0; half /= 2) {
      const bool upper = (way & half) != 0;
      clear_[way] |= u64{1} << node;
      if (!upper) set_[way] |= u64{1} << node;
      node = 2 * node + (upper ? 1 : 0);
    }
  }

  bool tree_;
  unsigned ways_;
  u64 all_used_ = 1;  // a state that no use produces; the tree does not use bit 0
  std::array<u64, 64> clear_{};
  std::array<u64, 64> set_{};
};

}  // namespace smmu_vp::core
