// The Command queue, shared by all threads (3.5, 6.3.26 to 6.3.28). Threads claim slots, write them in
// parallel and publish them in order; one PROD write publishes all claimed slots.
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

  // Issues up to kMaxBatch commands in order, with no other thread's commands between them. With `sync`, adds
  // a CMD_SYNC and waits until it has completed; gives up after one second and logs a message.
  void issue(std::span<const spec::Command> commands, bool sync);

  // Between hold() and as many release()s, issue() does not report a CMD_SYNC as complete: no thread may act
  // on failed ATC invalidations before the devices are blocked. issue_while_held() serves the blocking.
  void hold() { ++holds_; }
  void release() { --holds_; }
  void issue_while_held(std::span<const spec::Command> commands) { issue_now(commands, true); }

  // The StreamIDs of the CMD_ATC_INVs that the CMD_SYNC at CMDQ_CONS waits for.
  std::vector<u32> atc_targets_before(u32 cons) const;

  // Replaces the command at CMDQ_CONS with a CMD_SYNC that no thread waits for (7.1).
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

  u32 claimed_ = 0;    // slots up to here are claimed by a thread
  u32 published_ = 0;  // CMDQ_PROD
  u32 cons_ = 0;       // last known CMDQ_CONS; never moves so far that a waiter's slot could be reused
  unsigned sync_waiters_ = 0;
  unsigned holds_ = 0;
  bool owner_gathering_ = false;  // a thread is going to publish everything claimed
  std::deque<Claim> claims_;      // claimed but not published, in order
};

// Collects commands and issues them in batches; only the last batch ends with a CMD_SYNC.
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
