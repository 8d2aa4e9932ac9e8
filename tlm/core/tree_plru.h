// Tree pseudo-LRU over a power-of-two number of ways: one bit a node, heap order from bit 1, a 1 meaning that
// the upper half was used less recently. rtl/tree_plru.sv follows the same numbering, so victims can be
// compared.
#pragma once

#include <array>

#include "tlm/spec/types.h"

namespace smmu_vp::core {

class TreePlru {
 public:
  explicit TreePlru(unsigned ways) : ways_(ways) {
    for (unsigned way = 0; way < ways; ++way) {
      unsigned node = 1;
      for (unsigned half = ways / 2; half != 0; half /= 2) {
        const bool upper = (way & half) != 0;
        path_[way] |= u64{1} << node;
        if (!upper) away_[way] |= u64{1} << node;
        node = 2 * node + (upper ? 1 : 0);
      }
    }
  }

  // The tree after `way` was used: every node on its path points away from it.
  u64 touched(u64 tree, unsigned way) const { return (tree & ~path_[way]) | away_[way]; }

  unsigned victim(u64 tree) const {
    unsigned node = 1;
    while (node < ways_) node = 2 * node + static_cast<unsigned>((tree >> node) & 1);
    return node - ways_;
  }

 private:
  unsigned ways_;
  std::array<u64, 64> path_{};
  std::array<u64, 64> away_{};
};

}  // namespace smmu_vp::core
