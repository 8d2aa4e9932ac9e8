// The report of a run for the terminal.
#pragma once

#include <string>

#include "testbench/observe/report/run_record.h"
#include "testbench/observe/report/terminal.h"

namespace smmu_vp::tb {

std::string account(const RunRecord& run, const Paper& paper);

}  // namespace smmu_vp::tb
