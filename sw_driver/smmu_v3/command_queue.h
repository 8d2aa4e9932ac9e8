// The Command queue, shared by all threads (3.5, 6.3.26 to 6.3.28): slots are claimed, written side by side,
// and published in order, one PROD write covering all that are ready.
#pragma once

#include <array>
#include <deque>
#include <span>
#include <vector>

#include "sw_driver/operation.h"
#include "sw_driver/smmu_v3/commands.h"
#include "sw_driver/smmu_v3/features.h"
#include "tlm/spec/queue.h"

namespace smmu_vp::sw {

class CommandQueue {
 public:
  static constexpr unsigned kMaxBatch = 64;

  CommandQueue(Env& env, const Registers& registers) : env_(env), registers_(registers) {}
  CommandQueue(const CommandQueue&) = delete;
  CommandQueue& operator=(const CommandQueue&) = delete;

  bool allocate(const Features& features);
  void write_registers();

  // Issues up to kMaxBatch commands in order, nobody else's between them; with `sync`, a CMD_SYNC after them,
  // and returns when it is complete (or after a second, with a message).
  void issue(std::span<const spec::Command> commands, bool sync);

  // Between hold() and as many release()s no CMD_SYNC counts as complete, so that nobody acts on one before
  // its consequences are dealt with; only what is issued for that purpose does.
  void hold() { ++holds_; }
  void release() { --holds_; }
  void issue_while_held(std::span<const spec::Command> commands) { issue_now(commands, true); }

  // The streams whose CMD_ATC_INVs the CMD_SYNC that CMDQ_CONS points at waits for.
  std::vector<u32> atc_targets_before(u32 cons) const;

  // Replaces the command that CMDQ_CONS points at by a CMD_SYNC that signals nobody (7.1).
  void skip_erroneous_command(u32 cons);

 private:
  struct Claim {
    u32 end;
    bool written;
  };

  u64 slot(u32 word) const {
    return spec::queue::entry_address(base_, word, log2_, spec::queue::kCommandBytes);
  }
  void issue_now(std::span<const spec::Command> commands, bool sync);
  void wait_for_space(u32 slots);
  void write_commands(u32 at, std::span<const spec::Command> commands);
  void publish(u32 begin);
  void wait_for_sync(u32 at);
  void timed_out(const char* what) const;

  Env& env_;
  const Registers& registers_;
  u64 base_ = 0;
  unsigned log2_ = 0;
  bool msi_ = false;

  u32 claimed_ = 0;    // slots up to here belong to some thread
  u32 published_ = 0;  // CMDQ_PROD
  u32 cons_ = 0;       // last known CMDQ_CONS; moves on only as far as no waiter's slot can be reused
  unsigned sync_waiters_ = 0;
  unsigned holds_ = 0;
  bool owner_gathering_ = false;  // a thread has promised to publish all that is claimed
  std::deque<Claim> claims_;      // not published yet, in order
};

// Gathers commands and issues them in batches; only the last batch carries a CMD_SYNC.
class CommandBatch {
 public:
  CommandBatch(Env& env, CommandQueue& queue) : queue_(queue), limit_(env.config.cmdq_batch) {}

  void add(const spec::Command& command) {
    if (count_ == limit_) flush(false);
    commands_[count_++] = command;
  }
  void submit() { flush(true); }

 private:
  void flush(bool sync) {
    queue_.issue(std::span(commands_).first(count_), sync);
    count_ = 0;
  }

  CommandQueue& queue_;
  unsigned limit_;
  unsigned count_ = 0;
  std::array<spec::Command, CommandQueue::kMaxBatch> commands_;
};

}  // namespace smmu_vp::sw
