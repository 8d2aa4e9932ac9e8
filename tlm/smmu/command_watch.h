// Observation of commands: counters and facts.
#pragma once

#include "tlm/smmu/state.h"

namespace smmu_vp::smmu {

class CommandWatch {
 public:
  explicit CommandWatch(State& state) : state_(state) {}

  // The command at `index` of the queue starts to execute.
  void begin(const spec::Command& command, u32 index) {
    index_ = index;
    opcode_ = spec::opcode_of(command);
    state_.facts.announce(trace::Command{index, command.w[0], command.w[1]});
  }
  void done() {
    ++state_.counters.commands[static_cast<u8>(opcode_)];
    if (opcode_ == spec::Opcode::CMD_SYNC) state_.facts.announce(trace::SyncEnd{index_});
  }
  // The queue stops at `index`.
  void failed(spec::Cerror error, u32 index) const {
    state_.facts.announce(trace::CommandError{error, index});
  }
  void moved() const {
    const core::RegisterFile& r = state_.registers;
    state_.facts.announce(trace::QueueState{spec::QueueKind::kCmdq, r.word(spec::offset::CMDQ_PROD),
                                            r.word(spec::offset::CMDQ_CONS)});
  }

  void configuration_invalidated(const spec::Requester& who) const {
    state_.facts.announce(trace::ConfigInvalidated{opcode_, who});
  }
  // CMD_SYNC waits for transactions numbered below `below`.
  void sync_waits(u64 below) const { state_.facts.announce(trace::SyncBegin{index_, below}); }

  spec::Opcode opcode() const { return opcode_; }

 private:
  State& state_;
  u32 index_ = 0;
  spec::Opcode opcode_{};
};

}  // namespace smmu_vp::smmu
