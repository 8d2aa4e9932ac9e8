// The order of posted requests (2.4): a message must not reach the SMMU before the writes sent ahead of it
// are done at memory. Writes of different channels may overtake each other, as under ID-based ordering; one
// channel waits for each of its own.
#pragma once

#include <algorithm>
#include <systemc>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

class PostedOrder {
 public:
  // A posted request leaves its sender, and is done at its destination.
  u64 enter() {
    active_.push_back(next_);
    return next_++;
  }
  void leave(u64 ticket) {
    active_.erase(std::find(active_.begin(), active_.end(), ticket));
    done_.notify();
  }
  // The ticket the next posted request will get.
  u64 next() const { return next_; }
  // Blocks until everything that entered before `ticket` has left.
  void wait_for_earlier(u64 ticket) {
    while (!active_.empty() && active_.front() < ticket) sc_core::wait(done_);
  }
  bool idle() const { return active_.empty(); }

 private:
  u64 next_ = 0;
  std::vector<u64> active_;  // in order of entry; a handful
  sc_core::sc_event done_;
};

}  // namespace smmu_vp::pcie
