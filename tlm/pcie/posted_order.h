// The order of posted requests (2.4): no message and no read may reach the SMMU before the writes sent
// ahead of it are done at memory. Writes of different channels may overtake each other (Relaxed
// Ordering), and reads may overtake writes of another function or PASID (ID-based ordering). A channel
// waits for each of its own writes.
#pragma once

#include <algorithm>
#include <systemc>
#include <vector>

#include "tlm/spec/access.h"

namespace smmu_vp::pcie {

class PostedOrder {
 public:
  // Call when a posted request leaves its sender, and leave() when it is done at its destination.
  u64 enter(const spec::Requester& id) {
    active_.push_back({next_, id});
    return next_++;
  }
  void leave(u64 ticket) {
    active_.erase(
        std::find_if(active_.begin(), active_.end(), [&](const Active& a) { return a.ticket == ticket; }));
    done_.notify();
  }
  // The ticket the next posted request will get.
  u64 next() const { return next_; }
  // Blocks until every request that entered before `ticket` has left.
  void wait_for_earlier(u64 ticket) {
    while (!active_.empty() && active_.front().ticket < ticket) sc_core::wait(done_);
  }
  // As above, for requests of `id` only.
  void wait_for_earlier(u64 ticket, const spec::Requester& id) {
    const auto holds = [&](const Active& a) { return a.ticket < ticket && a.id == id; };
    while (std::any_of(active_.begin(), active_.end(), holds)) sc_core::wait(done_);
  }
  bool idle() const { return active_.empty(); }

 private:
  struct Active {
    u64 ticket;
    spec::Requester id;
  };
  u64 next_ = 0;
  std::vector<Active> active_;  // in order of entry; only a few
  sc_core::sc_event done_;
};

}  // namespace smmu_vp::pcie
