// The configuration in effect, for summary.json and `list config`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "testbench/machine/config/keys.h"

namespace smmu_vp::tb {

// Each dot of a key is one level of nested objects; `endpoint` is an array.
nlohmann::json effective_config(const Config& config, const std::vector<ScenarioParameter>& parameters);

// Of every duration and rate of the machine its value, kind of source and text, by key.
nlohmann::json effective_sources(const Config& config);
// Whether one of them is uncalibrated.
bool any_uncalibrated(const nlohmann::json& sources);

}  // namespace smmu_vp::tb
