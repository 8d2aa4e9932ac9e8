// Writes a workload file.
#pragma once

#include <span>
#include <string>

#include "testbench/observe/output/output_file.h"
#include "testbench/runs/workload/format.h"

namespace smmu_vp::tb {

// Writes and closes `out`. Returns its size in bytes. Throws OutputError.
u64 write_workload(OutputFile& out, std::span<const format::Section> sections);
// The same for a file that appears at `path` only when it is complete.
u64 write_workload(const std::string& path, std::span<const format::Section> sections);

}  // namespace smmu_vp::tb
