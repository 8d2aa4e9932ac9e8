// summary.json: the run in one object.
#pragma once

#include <string>

#include "testbench/report/run_record.h"

namespace smmu_vp::tb {

nlohmann::json summary(const RunRecord& run);

}  // namespace smmu_vp::tb
