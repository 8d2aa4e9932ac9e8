// Snapshots in the order of the queue; what was left out or cannot be read is not judged.
#include "testbench/observe/monitors/hardware/queue_submitted.h"

#include <algorithm>

namespace smmu_vp::tb {

namespace q = spec::queue;

std::optional<spec::Command> SubmittedCommands::read(const QueueGeometry& queue, u32 index) const {
  const u64 address = q::entry_address(queue.base, index, queue.log2size, q::kCommandBytes);
  const std::optional<u64> low = memory_.word(address), high = memory_.word(address + sizeof(u64));
  if (!low || !high) return std::nullopt;
  return spec::Command{{*low, *high}};
}

void SubmittedCommands::submit(const QueueGeometry& queue, u32 from, u32 to) {
  const u32 count = q::used(to, from, queue.log2size);
  for (u32 i = 0; i < count && waiting_.size() < kMost; ++i) {
    const u32 index = q::index(from + i, queue.log2size);
    if (const std::optional<spec::Command> command = read(queue, index))
      waiting_.push_back({index, *command});
  }
}

std::optional<spec::Command> SubmittedCommands::changed(const QueueGeometry& queue, u32 index,
                                                        const spec::Command& fetched) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [index](const Waiting& waiting) { return waiting.index == index; });
  if (found == waiting_.end()) return std::nullopt;
  const spec::Command submitted = found->command;
  waiting_.erase(waiting_.begin(), found + 1);  // commands are consumed in order
  if (fetched != submitted || read(queue, index).value_or(submitted) != submitted) return submitted;
  return std::nullopt;
}

}  // namespace smmu_vp::tb
