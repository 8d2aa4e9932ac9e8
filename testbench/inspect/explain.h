// One translation, step by step: what the SMMU would look up, find and answer at this moment, and why.
#pragma once

#include <string>

#include "testbench/inspect/request.h"
#include "testbench/platform/platform.h"

namespace smmu_vp::tb {

// Call it while time stands still. Changes nothing.
std::string explain(const Platform& platform, const ExplainRequest& request);

}  // namespace smmu_vp::tb
