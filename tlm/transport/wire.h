// A path that carries bytes in sequence at a fixed rate and delivers them after a fixed delay: one direction
// of a link, or the data bus of a memory.
#pragma once

#include <algorithm>

#include "tlm/transport/timing.h"

namespace smmu_vp::transport {

class Wire {
 public:
  Wire(Timing& timing, double ps_per_byte, u64 latency_ps)
      : timing_(timing), fs_per_byte_(ps_per_byte * 1000.0), latency_ps_(latency_ps) {}

  // Queues `bytes` behind all earlier traffic; returns the picoseconds from now until the last byte has
  // arrived. Only timed mode has contention: loose mode counts just the bytes' own time.
  u64 reserve(u64 bytes) {
    if (timing_.mode() == TimingMode::kUntimed) return 0;
    const auto cost_fs = static_cast<u64>(static_cast<double>(bytes) * fs_per_byte_);
    if (timing_.mode() == TimingMode::kLoose) return cost_fs / 1000 + latency_ps_;
    const u64 now_fs = Timing::now_ps() * 1000;
    free_at_fs_ = std::max(free_at_fs_, now_fs) + cost_fs;
    return (free_at_fs_ - now_fs + 999) / 1000 + latency_ps_;
  }
  // As reserve(), and spends that time in the calling thread.
  void pass(u64 bytes) { timing_.charge(reserve(bytes)); }

 private:
  Timing& timing_;
  double fs_per_byte_;
  u64 latency_ps_;
  u64 free_at_fs_ = 0;  // femtoseconds, as fractions of a picosecond add up over a long burst
};

}  // namespace smmu_vp::transport
