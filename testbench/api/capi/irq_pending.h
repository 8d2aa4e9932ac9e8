// The pending bits of the interrupt lines: set by an edge, cleared by the call that reports it.
#pragma once

#include <vector>

#include "testbench/machine/os/interrupts.h"

namespace smmu_vp::tb {

class IrqPending {
 public:
  explicit IrqPending(Interrupts& interrupts) : pending_(interrupts.count(), false) {
    for (u32 line = 0; line < interrupts.count(); ++line)
      interrupts.listen(line, [this, line] { pending_[line] = true; });
  }
  IrqPending(const IrqPending&) = delete;
  IrqPending& operator=(const IrqPending&) = delete;

  bool exists(u32 line) const { return line < pending_.size(); }
  bool pending(u32 line) const { return pending_[line]; }
  // The pending lines in `mask`, lines 0 to 63.
  u64 pending_of(u64 mask) const {
    u64 found = 0;
    for (u32 line = 0; line < 64 && exists(line); ++line) found |= u64{pending_[line]} << line;
    return found & mask;
  }
  void clear(u64 mask) {
    for (u32 line = 0; line < 64 && exists(line); ++line) {
      if ((mask >> line & 1) != 0) pending_[line] = false;
    }
  }

 private:
  std::vector<bool> pending_;
};

}  // namespace smmu_vp::tb
