// Writes a workload file.
#pragma once

#include <span>
#include <string>

#include "testbench/workload/workload.h"

namespace smmu_vp::tb {

// Each access must lie in one VMA that has the right it needs (our own bug otherwise). The file appears under
// its name only when it is complete. Returns its size. Throws WorkloadError when it cannot be written.
u64 write_workload(const std::string& path, const WorkloadInfo& info, std::span<const Access> accesses);

}  // namespace smmu_vp::tb
