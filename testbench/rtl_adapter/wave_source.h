// What a wave sink needs from something that is Verilated.
#pragma once

#include <functional>

#include "tlm/spec/types.h"

class VerilatedFstC;

namespace smmu_vp::tb {

struct WaveSource {
  virtual ~WaveSource() = default;
  virtual void attach(VerilatedFstC& file) = 0;  // before the file is opened
  // Called before each edge of the RTL's clock at simulated time t_ps: what the RTL shows now held until
  // then.
  std::function<void(u64 t_ps)> before_eval;
  // A change at t_ps > now that only the waves show: made when they get there, by no event of the simulation,
  // so that a run without waves is the same run.
  std::function<void(u64 t_ps, std::function<void()> change)> later;
};

}  // namespace smmu_vp::tb
