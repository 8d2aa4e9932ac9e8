// Polls hardware. The polling interval grows with the time already waited, so that a long wait needs few
// polls and is still measured within a few per cent.
#pragma once

#include <algorithm>

#include "sw_driver/os.h"

namespace smmu_vp::sw {

inline constexpr u64 kMicrosecond = 1'000'000, kMillisecond = 1'000 * kMicrosecond,
                     kSecond = 1'000 * kMillisecond;

// Returns whether `ready` held before the timeout.
template <typename Ready>
bool poll_until(Os& os, u64 timeout_ps, Ready ready) {
  constexpr u64 kShortest = 20'000, kLongest = 10 * kMicrosecond;
  const u64 begin = os.now_ps();
  while (!ready()) {
    const u64 waited = os.now_ps() - begin;
    if (waited >= timeout_ps) return false;
    os.delay_ps(std::clamp(waited / 32, kShortest, kLongest));
  }
  return true;
}

}  // namespace smmu_vp::sw
