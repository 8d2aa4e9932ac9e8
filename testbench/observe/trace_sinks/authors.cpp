// Joins stores with the commands that they wrote.
#include "testbench/observe/trace_sinks/authors.h"

#include <algorithm>

#include "tlm/spec/queue.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 word_of(u64 pa) {
  return pa & ~u64{7};
}

}  // namespace

Authors::Authors(trace::Bus& bus) {
  bus.on<trace::Command>([this](const trace::Command& c, u64) { consumed(c); });
  bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& w, u64) {
    if (w.offset != spec::offset::CMDQ_BASE) return;
    const u64 bytes = u64{spec::queue::kCommandBytes} << spec::CMDQ_BASE::LOG2SIZE.get(w.value);
    queues_[w.smmu] = spec::CMDQ_BASE::ADDR.in_place(w.value) & ~(bytes - 1);
  });
}

void Authors::stored(const CpuStore& store, u64 t_ps) {
  std::deque<Store>& of_word = stores_[word_of(store.pa)];
  of_word.push_back({t_ps, store.cpu, *codes_.insert(store.code).first});
  if (of_word.size() > kStoresKept) of_word.pop_front();
}

void Authors::consumed(const trace::Command& command) {
  const auto queue = queues_.find(command.smmu);
  if (queue == queues_.end()) return;
  const auto found = stores_.find(queue->second + u64{command.index} * spec::queue::kCommandBytes);
  if (found == stores_.end()) return;
  const Store& store = found->second.back();
  queued_.emplace_back(store, command.opcode());
  if (queued_.size() > kCommandsKept) queued_.pop_front();
  ++commands_[{command.opcode(), store.code}];
}

std::optional<Authors::Store> Authors::last_store(u64 pa, u64 t_ps) const {
  const auto found = stores_.find(word_of(pa));
  if (found == stores_.end()) return std::nullopt;
  for (auto store = found->second.rbegin(); store != found->second.rend(); ++store)
    if (store->t_ps <= t_ps) return *store;
  return std::nullopt;
}

std::vector<Authors::Issued> Authors::issued(u32 cpu, u64 from_ps, u64 to_ps) const {
  std::vector<Issued> all;
  for (const auto& [store, opcode] : queued_) {
    const Issued issued{opcode, store.code};
    if (store.cpu == cpu && store.t_ps >= from_ps && store.t_ps <= to_ps &&
        std::ranges::find(all, issued) == all.end())
      all.push_back(issued);
  }
  return all;
}

}  // namespace smmu_vp::tb
