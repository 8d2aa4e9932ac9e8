// Transactions in flight, oldest first. Each gets a number on entry; CMD_SYNC waits for all
// that have a number when it is consumed (docs/ordering.md, rule 1).
#pragma once

#include <systemc>

#include "tlm/spec/types.h"

namespace smmu_vp::smmu {

class Transactions {
 public:
  // Lives on the stack of the transaction's thread; in flight from construction until leave().
  class InFlight {
   public:
    explicit InFlight(Transactions& all) : all_(all), number_(all.next_number_++), previous_(all.youngest_) {
      (previous_ != nullptr ? previous_->next_ : all.oldest_) = this;
      all.youngest_ = this;
    }
    ~InFlight() { leave(); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

    u64 number() const { return number_; }
    // The transaction finished or stalled: nothing waits for it any more.
    void leave() {
      if (left_) return;
      left_ = true;
      (previous_ != nullptr ? previous_->next_ : all_.oldest_) = next_;
      (next_ != nullptr ? next_->previous_ : all_.youngest_) = previous_;
      if (all_.watchers_ != 0) all_.left_.notify(sc_core::SC_ZERO_TIME);
    }

   private:
    friend class Transactions;
    Transactions& all_;
    u64 number_;
    bool left_ = false;
    InFlight* previous_;
    InFlight* next_ = nullptr;
  };

  u64 next_number() const { return next_number_; }
  bool empty() const { return oldest_ == nullptr; }
  bool drained_below(u64 number) const { return oldest_ == nullptr || oldest_->number_ >= number; }
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
  InFlight* oldest_ = nullptr;
  InFlight* youngest_ = nullptr;
  unsigned watchers_ = 0;
  sc_core::sc_event left_;
};

}  // namespace smmu_vp::smmu
