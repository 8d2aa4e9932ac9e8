// Observation of stalled transactions: counters and facts.
#pragma once

#include "tlm/core/command.h"
#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class StallWatch {
 public:
  explicit StallWatch(State& state) : state_(state) {}

  void stalled(u64 transaction, const spec::Access& access, u16 stag) {
    ++state_.counters.stalls;
    state_.facts.announce(trace::Stalled{transaction, access.who, stag, access.address});
  }
  void resumed(u64 transaction, u32 sid, u16 stag, core::StallAction action) const {
    state_.facts.announce(trace::Resumed{transaction, sid, stag, action});
  }
  void unrecorded(u64 transaction, const spec::Access& access) const {
    state_.facts.announce(trace::StallUnrecorded{transaction, access.who, access.address});
  }

 private:
  State& state_;
};

}  // namespace smmu_vp::smmu
