// The three queues of a programming interface by their registers, and the geometry that software gave them.
#pragma once

#include <algorithm>

#include "testbench/observe/monitors/hardware/register_shadow.h"
#include "testbench/observe/monitors/monitor.h"
#include "tlm/spec/queue.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

struct QueueRegisters {
  spec::QueueKind kind;
  u32 base, software, hardware;  // `software` is the pointer that software moves, `hardware` the SMMU's
  spec::Field enable;            // in CR0
  spec::Field log2_max;          // in IDR1
  unsigned entry_bytes;
};

// By QueueKind.
inline constexpr QueueRegisters kQueueRegisters[] = {
    {spec::QueueKind::kCmdq, spec::offset::CMDQ_BASE, spec::offset::CMDQ_PROD, spec::offset::CMDQ_CONS,
     spec::CR0::CMDQEN, spec::IDR1::CMDQS, spec::queue::kCommandBytes},
    {spec::QueueKind::kEventq, spec::offset::EVENTQ_BASE, spec::offset::EVENTQ_CONS,
     spec::offset::EVENTQ_PROD, spec::CR0::EVENTQEN, spec::IDR1::EVENTQS, spec::queue::kEventBytes},
    {spec::QueueKind::kPriq, spec::offset::PRIQ_BASE, spec::offset::PRIQ_CONS, spec::offset::PRIQ_PROD,
     spec::CR0::PRIQEN, spec::IDR1::PRIQS, spec::queue::kPageRequestBytes},
};

struct QueueGeometry {
  u64 base;           // ADDR in place, as written
  unsigned written;   // LOG2SIZE as written
  unsigned log2size;  // as it is used: IDR1's limit at most (6.3.26)
  u32 size() const { return u32{1} << log2size; }
};

// The three BASE registers share one layout (6.3.26, 6.3.29, 6.3.33).
inline QueueGeometry geometry_of(const QueueRegisters& queue, u64 base, const MachineTraits& machine) {
  const auto written = static_cast<unsigned>(spec::CMDQ_BASE::LOG2SIZE.get(base));
  const auto limit = static_cast<unsigned>(queue.log2_max.get(machine.id_register(spec::offset::IDR1)));
  return {spec::CMDQ_BASE::ADDR.in_place(base), written, std::min(written, limit)};
}

}  // namespace smmu_vp::tb
