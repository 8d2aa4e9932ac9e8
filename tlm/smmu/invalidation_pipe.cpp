// The thread that lets invalidations arrive. It exists in timed mode only.
#include "tlm/smmu/invalidation_pipe.h"

namespace smmu_vp::smmu {

using transport::Timing;
using transport::TimingMode;

InvalidationPipe::InvalidationPipe(const State& state, Tcu& tcu, const core::InvalidationPath& path)
    : state_(state), tcu_(tcu), path_(path) {
  if (state.timing.mode() == TimingMode::kTimed) sc_core::sc_spawn([this] { run(); });
}

void InvalidationPipe::issue(const core::TlbScope& scope, std::optional<spec::Opcode> command) {
  if (state_.timing.mode() != TimingMode::kTimed) {
    state_.timing.charge(path_.latency_ps);
    tcu_.invalidate(scope, command);
    return;
  }
  while (on_their_way_.size() >= path_.outstanding) sc_core::wait(arrived_);
  on_their_way_.push_back({scope, command, Timing::now_ps() + path_.latency_ps});
  ++issued_;
  issue_.notify();
}

void InvalidationPipe::run() {
  for (;;) {
    while (on_their_way_.empty()) sc_core::wait(issue_);
    const OnItsWay& next = on_their_way_.front();
    if (next.arrives_ps > Timing::now_ps()) Timing::wait_ps(next.arrives_ps - Timing::now_ps());
    tcu_.invalidate(next.scope, next.command);
    on_their_way_.pop_front();
    ++done_;
    arrived_.notify();
  }
}

void InvalidationPipe::sync() {
  for (const u64 before = issued_; done_ < before;) sc_core::wait(arrived_);
  state_.timing.charge(path_.sync_ps);
}

}  // namespace smmu_vp::smmu
