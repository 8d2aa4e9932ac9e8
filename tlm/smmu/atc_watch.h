// Observation of ATC invalidations: counters and facts.
#pragma once

#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class AtcWatch {
 public:
  explicit AtcWatch(State& state) : state_(state) {}

  void sent(const spec::Requester& who, unsigned itag, u64 address, u8 log2_size) {
    ++state_.counters.atc_invalidations;
    state_.facts.announce(trace::AtcInvalidateSent{who, itag, address, log2_size});
  }
  void done(u32 sid, unsigned itag, bool timed_out) {
    state_.counters.atc_timeouts += timed_out;
    state_.facts.announce(trace::AtcInvalidateDone{sid, itag, timed_out});
  }

 private:
  State& state_;
};

}  // namespace smmu_vp::smmu
