// The counters and latencies of a run, for `list counters`, `list latencies` and `explain`.
#pragma once

#include <vector>

#include "testbench/runs/cli/list.h"

namespace smmu_vp::tb {

// epN and root_portN stand for every endpoint and root port.
std::vector<Listed> counter_list();
// Each operation with its parts.
std::vector<Listed> latency_list();

}  // namespace smmu_vp::tb
