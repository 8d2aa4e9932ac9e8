// What became of the trials: for people, for docs/gauntlet.md, for scripts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "testbench/runs/gauntlet/trial.h"

namespace smmu_vp::tb {

std::string rows_text(const std::vector<Trial>& trials, std::size_t width);
std::string rows_markdown(const std::vector<Trial>& trials);
// One object a trial: bug (null for the correct driver), key, scenario, settings, runs, passed, complaint, and for
// "machine" and "kernel": monitors, runs until the first sighting, and of that t_ps, monitor and what.
nlohmann::ordered_json rows_json(const std::vector<Trial>& trials);

}  // namespace smmu_vp::tb
