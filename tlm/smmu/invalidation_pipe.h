// TLB invalidations on their way to the TBUs. They are issued one behind the other and overlap: each takes effect its latency
// later, in order, and a sync waits for all before it (3.21.1, 4.7.3). So latency and rate are two figures: a rate of
// `outstanding` in each latency, unless the TLBs themselves take longer.
#pragma once

#include <deque>
#include <optional>

#include "tlm/smmu/tcu.h"

namespace smmu_vp::smmu {

class InvalidationPipe {
 public:
  // `path` is one of the SMMU's timing: that of commands, or that of broadcasts.
  InvalidationPipe(const State& state, Tcu& tcu, const core::InvalidationPath& path);

  // Waits while `outstanding` are on their way. Without timing it has taken effect on return. For a broadcast, `command` is
  // empty.
  void issue(const core::TlbScope& scope, std::optional<spec::Opcode> command);
  // On return everything issued before has taken effect, and a sync's own time is over.
  void sync();
  bool idle() const { return on_their_way_.empty(); }

 private:
  struct OnItsWay {
    core::TlbScope scope;
    std::optional<spec::Opcode> command;
    u64 arrives_ps;
  };
  void run();

  const State& state_;
  Tcu& tcu_;
  const core::InvalidationPath path_;
  std::deque<OnItsWay> on_their_way_;  // the first one stays until it has taken effect
  u64 issued_ = 0, done_ = 0;
  sc_core::sc_event issue_, arrived_;
};

}  // namespace smmu_vp::smmu
