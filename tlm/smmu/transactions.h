// Transactions in flight, oldest first. Each gets a number on entry; CMD_SYNC waits for all
// that have a number when it is consumed (docs/ordering.md, rule 1).
#pragma once

#include <systemc>

#include "tlm/spec/types.h"

namespace smmu_vp::smmu {

class Transactions {
  // In a ring: the oldest follows the ends, the youngest precedes them.
  struct Link {
    u64 number;
    Link* previous;
    Link* next;
  };

 public:
  // Lives on the stack of the transaction's thread; in flight from construction until leave().
  class InFlight : Link {
   public:
    explicit InFlight(Transactions& all)
        : Link{.number = all.next_number_++, .previous = all.ends_.previous, .next = &all.ends_}, all_(all) {
      previous->next = next->previous = this;
    }
    ~InFlight() { leave(); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    u64 number() const { return Link::number; }
    // The transaction finished or stalled: nothing waits for it any more.
    void leave() {
      if (next == nullptr) return;
      previous->next = next;
      next->previous = previous;
      next = nullptr;
      if (all_.watchers_ != 0) all_.left_.notify(sc_core::SC_ZERO_TIME);
    }

   private:
    Transactions& all_;
  };

  Transactions() = default;
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  u64 next_number() const { return next_number_; }
  bool empty() const { return ends_.next == &ends_; }
  bool drained_below(u64 number) const { return ends_.next->number >= number; }
  // Blocks the calling SC_THREAD.
  void wait_below(u64 number) {
    ++watchers_;
    while (!drained_below(number)) sc_core::wait(left_);
    --watchers_;
  }
  // While there are watchers, each departure notifies left().
  void watch() { ++watchers_; }
  void unwatch() { --watchers_; }
  const sc_core::sc_event& left() const { return left_; }

 private:
  u64 next_number_ = 1;
  Link ends_{.number = ~u64{0}, .previous = &ends_, .next = &ends_};  // its number is above all others
  unsigned watchers_ = 0;
  sc_core::sc_event left_;
};

}  // namespace smmu_vp::smmu
