// The same walks as the TCU's, over memory that is only looked at.
#include "tlm/smmu/still_walk.h"

namespace smmu_vp::smmu {

StillWalk::StillWalk(const State& state, Look look)
    : state_(state),
      nobody_([] { return u64{0}; }),
      memory_(std::move(look)),
      stage2_(memory_, no_cache_, state.config.features.oas_bits, nobody_),
      lookup_(state.registers, state.config.features, memory_, stage2_, nobody_),
      walker_(memory_, no_cache_, stage2_, state.config.features.oas_bits, nobody_) {}

core::ConfigRef StillWalk::configuration(const spec::Requester& who) {
  return core::ConfigRef(lookup_.context(who, lookup_.stream(who.sid)));
}

core::ConfigRef StillWalk::stream_configuration(u32 sid) {
  return core::ConfigRef(lookup_.stream(sid));
}

core::WalkResult StillWalk::walk(const core::Regime& regime, const core::WalkRequest& request) {
  memory_.updates = false;
  core::WalkResult result = walker_.walk(0, regime, request);
  if (!result.fault) translation_ = result.translation;
  return result;
}

}  // namespace smmu_vp::smmu
