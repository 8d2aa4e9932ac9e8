// Where simulated time is spent. Models charge named durations here, each in one place;
// the mode decides the effect.
#pragma once

#include <systemc>

#include <map>
#include <utility>

#include "tlm/spec/timing_mode.h"

namespace smmu_vp::transport {

using spec::TimingMode;

class Timing {
 public:
  // `quantum_ps` limits how far a thread may run ahead in kLoose before it yields.
  explicit Timing(TimingMode mode, u64 quantum_ps = 1'000'000) : mode_(mode), quantum_ps_(quantum_ps) {}
  Timing(const Timing&) = delete;
  Timing& operator=(const Timing&) = delete;

  TimingMode mode() const { return mode_; }

  // Spends `ps` in the calling SC_THREAD. Untimed: no effect. Loose: accumulates, and waits
  // once per quantum. Timed: waits.
  void charge(u64 ps) {
    if (mode_ != TimingMode::kUntimed && ps != 0) spend(ps);
  }

  static void wait_ps(u64 ps) { sc_core::wait(sc_core::sc_time::from_value(ps)); }
  static u64 now_ps() { return sc_core::sc_time_stamp().value(); }

 private:
  [[gnu::noinline]] void spend(u64 ps) {
    if (mode_ == TimingMode::kTimed) return wait_ps(ps);
    u64& ahead = ahead_ps_[sc_core::sc_get_current_process_b()];
    ahead += ps;
    if (ahead >= quantum_ps_) wait_ps(std::exchange(ahead, 0));
  }

  TimingMode mode_;
  u64 quantum_ps_;
  std::map<const void*, u64> ahead_ps_;  // per thread; never iterated
};

}  // namespace smmu_vp::transport
