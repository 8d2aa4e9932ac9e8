// The current contents of RAM, for monitors: reading takes no time and has no side effects. Stores through
// raw pointers are announced by no fact, so monitors compare memory when they need it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class MemoryView {
 public:
  virtual ~MemoryView() = default;
  // The eight bytes at `pa`, which is a multiple of 8, little-endian; nothing where there is no RAM.
  virtual std::optional<u64> word(u64 pa) const = 0;
  // As many from `pa` on; false where one of them is not RAM.
  virtual bool words(u64 pa, std::span<u64> out) const {
    for (u64& w : out) {
      const std::optional<u64> read = word(pa);
      if (!read) return false;
      w = *read;
      pa += sizeof(u64);
    }
    return true;
  }
};

}  // namespace smmu_vp::tb
