// Where the enabled queues lie (6.3.26, 6.3.29, 6.3.33).
#pragma once

#include <vector>

#include "testbench/observe/monitors/hardware/register_shadow.h"
#include "tlm/spec/queue.h"

namespace smmu_vp::tb {

struct QueueMemory {
  spec::QueueKind kind;
  u64 base, bytes;
};
std::vector<QueueMemory> queues_in_use(const RegisterShadow& registers, u8 smmu);

}  // namespace smmu_vp::tb
