// How long a device waits before it repeats a page request that was answered Success while the page is still
// missing. An overflowing PRI queue answers so (SMMUv3 8.1), and constant repetition would keep it full: the
// first repetition is immediate, and the pause before each further one doubles.
#pragma once

#include <algorithm>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

struct RetryPauses {
  u64 first_ps;  // PriConfig::retry_ps

  // Before attempt `n` of one access, counted from 0.
  constexpr u64 before_attempt(unsigned n) const {
    constexpr unsigned kMostDoublings = 24;  // limits the pause of a device that is never served
    return n < 2 ? 0 : first_ps << std::min(n - 2, kMostDoublings);
  }
  // The number of repetitions until the pauses add up to `ps`.
  constexpr unsigned attempts_within(u64 ps) const {
    unsigned n = 1;
    for (u64 paused = 0; paused < ps; paused += before_attempt(n)) ++n;
    return n;
  }
};

}  // namespace smmu_vp::pcie
