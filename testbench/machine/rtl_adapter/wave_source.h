// The interface between a wave sink and a Verilated model.
#pragma once

#include <functional>

#include "tlm/spec/types.h"

class VerilatedFstC;

namespace smmu_vp::tb {

struct WaveSource {
  virtual ~WaveSource() = default;
  virtual void attach(VerilatedFstC& file) = 0;  // before the file is opened
  // Called before each edge of the RTL's clock, at simulated time t_ps: the RTL's present signal values held
  // until then.
  std::function<void(u64 t_ps)> before_eval;
  // Schedules a change at t_ps > now that only waves show. The wave sink applies it when it reaches t_ps; no
  // simulation event does, so that a run without waves behaves identically.
  std::function<void(u64 t_ps, std::function<void()> change)> later;
};

}  // namespace smmu_vp::tb
