// The configuration as it took effect, for summary.json and for `list config`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "testbench/config/keys.h"

namespace smmu_vp::tb {

// Nested objects by the keys' dots; `endpoint` is an array.
nlohmann::json effective_config(const Config& config, const std::vector<ScenarioParameter>& parameters);

}  // namespace smmu_vp::tb
