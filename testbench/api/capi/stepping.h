// Advances simulated time from outside the simulation, from one event to the next.
#pragma once

#include <atomic>
#include <systemc>

#include "testbench/machine/platform/advance.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

inline u64 now_ps() {
  return sc_core::sc_time_stamp().value();
}

// When the next event is due; 2^64 - 1 if none is.
inline u64 next_event_ps() {
  if (!sc_core::sc_pending_activity()) return ~u64{0};
  return now_ps() + sc_core::sc_time_to_pending_activity().value();
}

// Set when the process is ending; run_until() then stops.
inline std::atomic<bool> process_ends = false;

// Runs everything that is due at the current time.
inline void run_instant() {
  do {
    advance(sc_core::SC_ZERO_TIME);
  } while (sc_core::sc_pending_activity_at_current_time());
}

// Advances time by `ps`, including the events at the end time.
inline void run_for(u64 ps) {
  run_instant();
  if (ps == 0) return;
  advance(sc_core::sc_time::from_value(ps));
  run_instant();
}

enum class RunEnd {
  kReached,  // the condition holds
  kTime,     // the deadline passed; time stands at it
  kNothing   // no event is left; time stands at the last event
};

// Runs until `condition()` holds, checked after each instant, but not beyond `deadline_ps`.
template <typename Condition>
RunEnd run_until(Condition condition, u64 deadline_ps) {
  while (true) {
    run_instant();
    if (condition()) return RunEnd::kReached;
    if (process_ends) return RunEnd::kTime;
    const u64 next = next_event_ps();
    if (next == ~u64{0}) return RunEnd::kNothing;
    if (next > deadline_ps) {
      if (now_ps() < deadline_ps) advance(sc_core::sc_time::from_value(deadline_ps - now_ps()));
      return RunEnd::kTime;
    }
    advance(sc_core::sc_time::from_value(next - now_ps()));
  }
}

}  // namespace smmu_vp::tb
