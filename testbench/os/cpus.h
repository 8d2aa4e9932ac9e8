// The CPUs threads compete for: a thread holds one while it runs, and hands it over first come, first served.
#pragma once

#include <systemc>

#include <deque>

namespace smmu_vp::tb {

class Cpus {
 public:
  explicit Cpus(unsigned count) : free_(count) {}

  void acquire() {
    if (free_ > 0) {
      --free_;
      return;
    }
    sc_core::sc_event mine;
    waiting_.push_back(&mine);
    sc_core::wait(mine);  // release() passed the CPU on; it never became free
  }

  void release() {
    if (waiting_.empty()) {
      ++free_;
      return;
    }
    waiting_.front()->notify(sc_core::SC_ZERO_TIME);
    waiting_.pop_front();
  }

  bool contended() const { return !waiting_.empty(); }

 private:
  unsigned free_;
  std::deque<sc_core::sc_event*> waiting_;
};

}  // namespace smmu_vp::tb
