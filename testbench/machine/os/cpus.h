// The CPUs that threads compete for. A thread holds one while it runs; waiting threads get it in FIFO order.
#pragma once

#include <systemc>

#include <deque>
#include <set>

namespace smmu_vp::tb {

class Cpus {
 public:
  explicit Cpus(unsigned count) {
    for (unsigned cpu = 0; cpu < count; ++cpu) free_.insert(cpu);
  }

  // Returns the acquired CPU's number.
  unsigned acquire() {
    if (!free_.empty()) return free_.extract(free_.begin()).value();
    Waiting mine;
    waiting_.push_back(&mine);
    sc_core::wait(mine.turn);  // release() hands over the CPU; it never becomes free in between
    return mine.cpu;
  }

  void release(unsigned cpu) {
    if (waiting_.empty()) {
      free_.insert(cpu);
      return;
    }
    waiting_.front()->cpu = cpu;
    waiting_.front()->turn.notify(sc_core::SC_ZERO_TIME);
    waiting_.pop_front();
  }

  bool contended() const { return !waiting_.empty(); }

 private:
  struct Waiting {
    sc_core::sc_event turn;
    unsigned cpu = 0;
  };

  std::set<unsigned> free_;
  std::deque<Waiting*> waiting_;
};

}  // namespace smmu_vp::tb
