// The configuration in effect, for summary.json and `list config`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "testbench/machine/config/keys.h"

namespace smmu_vp::tb {

// Each dot of a key is one level of nested objects; `endpoint` is an array.
nlohmann::json effective_config(const Config& config, const std::vector<ScenarioParameter>& parameters);

}  // namespace smmu_vp::tb
