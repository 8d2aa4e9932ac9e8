// Commands as they were when PROD made them visible: software must leave them alone until they are consumed (3.21.2).
#pragma once

#include <deque>
#include <optional>

#include "testbench/observe/monitors/hardware/queue_registers.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::tb {

class SubmittedCommands {
 public:
  explicit SubmittedCommands(const MemoryView& memory) : memory_(memory) {}

  // PROD has moved from `from` to `to`.
  void submit(const QueueGeometry& queue, u32 from, u32 to);
  // All of them may have been changed, and are fetched again: after an error, or when the queue is enabled.
  void forget() { waiting_.clear(); }
  // The command as it was submitted, when memory or what the SMMU has fetched says otherwise now.
  std::optional<spec::Command> changed(const QueueGeometry& queue, u32 index, const spec::Command& fetched);

 private:
  static constexpr std::size_t kMost = 4096;  // further ones are not compared
  struct Waiting {
    u32 index;
    spec::Command command;
  };
  // Nothing where there is no RAM.
  std::optional<spec::Command> read(const QueueGeometry& queue, u32 index) const;

  const MemoryView& memory_;
  std::deque<Waiting> waiting_;
};

}  // namespace smmu_vp::tb
