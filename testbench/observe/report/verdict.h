// What became of a run, in one line: "OK; not judged: 2 monitors".
#pragma once

#include <string>

#include "testbench/observe/report/run_record.h"

namespace smmu_vp::tb {

std::string verdict(const RunRecord& run);

}  // namespace smmu_vp::tb
