// The order of posted requests (2.4): neither a message nor a read may reach the SMMU before the writes sent
// ahead of it are done at memory. Writes of different channels may overtake each other (Relaxed Ordering);
// reads may overtake writes of another function or PASID (ID-based ordering). One channel waits for each of
// its own.
#pragma once

#include <algorithm>
#include <systemc>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

// Whose traffic: a function, and its PASID if it has one.
struct OrderId {
  u32 stream_id;
  bool has_pasid;
  u32 pasid;
  bool operator==(const OrderId&) const = default;
};

class PostedOrder {
 public:
  // A posted request leaves its sender, and is done at its destination.
  u64 enter(const OrderId& id) {
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
  // Blocks until everything that entered before `ticket` has left.
  void wait_for_earlier(u64 ticket) {
    while (!active_.empty() && active_.front().ticket < ticket) sc_core::wait(done_);
  }
  // As above, of `id` only.
  void wait_for_earlier(u64 ticket, const OrderId& id) {
    const auto holds = [&](const Active& a) { return a.ticket < ticket && a.id == id; };
    while (std::any_of(active_.begin(), active_.end(), holds)) sc_core::wait(done_);
  }
  bool idle() const { return active_.empty(); }

 private:
  struct Active {
    u64 ticket;
    OrderId id;
  };
  u64 next_ = 0;
  std::vector<Active> active_;  // in order of entry; a handful
  sc_core::sc_event done_;
};

}  // namespace smmu_vp::pcie
