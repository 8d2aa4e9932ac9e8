// The run as a person reads it at the terminal.
#pragma once

#include <string>

#include "testbench/report/run_record.h"

namespace smmu_vp::tb {

std::string account(const RunRecord& run, bool colour);

}  // namespace smmu_vp::tb
