// summary.json: the run as one JSON object.
#pragma once

#include <string>

#include "testbench/observe/report/run_record.h"

namespace smmu_vp::tb {

nlohmann::json summary(const RunRecord& run);

}  // namespace smmu_vp::tb
