// Simulated time from outside the simulation: from one instant at which something happens to the next.
#pragma once

#include <systemc>

#include "testbench/platform/advance.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

inline u64 now_ps() {
  return sc_core::sc_time_stamp().value();
}

// Everything that is due at the present instant.
inline void run_instant() {
  do {
    advance(sc_core::SC_ZERO_TIME);
  } while (sc_core::sc_pending_activity_at_current_time());
}

// `ps` further, whether or not anything happens; the end's own events included.
inline void run_for(u64 ps) {
  run_instant();
  if (ps == 0) return;
  advance(sc_core::sc_time::from_value(ps));
  run_instant();
}

enum class RunEnd {
  kReached,  // the condition holds
  kTime,     // the deadline passed; time stands at it
  kNothing   // nothing will happen any more without a call from outside; time stands at the last event
};

// Runs until `condition()` holds, looking after each instant; not beyond `deadline_ps`.
template <typename Condition>
RunEnd run_until(Condition condition, u64 deadline_ps) {
  while (true) {
    run_instant();
    if (condition()) return RunEnd::kReached;
    if (!sc_core::sc_pending_activity_at_future_time()) return RunEnd::kNothing;
    const u64 next = now_ps() + sc_core::sc_time_to_pending_activity().value();
    if (next > deadline_ps) {
      if (now_ps() < deadline_ps) advance(sc_core::sc_time::from_value(deadline_ps - now_ps()));
      return RunEnd::kTime;
    }
    advance(sc_core::sc_time::from_value(next - now_ps()));
  }
}

}  // namespace smmu_vp::tb
