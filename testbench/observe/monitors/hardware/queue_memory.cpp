// The three bases have the same fields.
#include "testbench/observe/monitors/hardware/queue_memory.h"

#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

std::vector<QueueMemory> queues_in_use(const RegisterShadow& registers, u8 smmu) {
  struct Queue {
    spec::QueueKind kind;
    u32 base;
    unsigned entry_bytes;
    spec::Field enable;
  };
  using enum spec::QueueKind;
  namespace offset = spec::offset;
  static constexpr Queue kQueues[] = {
      {kCmdq, offset::CMDQ_BASE, spec::queue::kCommandBytes, spec::CR0::CMDQEN},
      {kEventq, offset::EVENTQ_BASE, spec::queue::kEventBytes, spec::CR0::EVENTQEN},
      {kPriq, offset::PRIQ_BASE, spec::queue::kPageRequestBytes, spec::CR0::PRIQEN}};
  std::vector<QueueMemory> out;
  for (const Queue& q : kQueues) {
    if (q.enable.get(registers.word(offset::CR0, smmu)) == 0) continue;
    const u64 value = registers.dword(q.base, smmu);
    const u64 bytes = u64{q.entry_bytes} << spec::CMDQ_BASE::LOG2SIZE.get(value);
    out.push_back({q.kind, spec::CMDQ_BASE::ADDR.in_place(value) & ~(bytes - 1), bytes});
  }
  return out;
}

}  // namespace smmu_vp::tb
