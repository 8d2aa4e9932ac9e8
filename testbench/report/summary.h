// summary.json: the run in one object.
#pragma once

#include <string>

#include "testbench/report/run_record.h"

namespace smmu_vp::tb {

nlohmann::json summary(const RunRecord& run);

// Whole or not at all: written beside its place, then renamed. Throws OutputError.
void write_whole(const std::string& path, const std::string& text);

}  // namespace smmu_vp::tb
