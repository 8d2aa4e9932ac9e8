// `smmu-vp estimate`: what the unmappings of a Linux trace cost on a configuration, and on others that differ in a few
// keys.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "testbench/machine/config/load.h"

namespace smmu_vp::tb {

struct EstimateOptions {
  std::string trace;
  std::optional<std::string> config;
  std::vector<std::string> settings;  // "key=value"
  std::string out = "out/estimate";
  unsigned jobs = 0;
  bool quiet = false;
  // As in SweepOptions.
  std::function<void(const std::string& scenario, const ConfigSources& sources)> check;
};

// Returns the exit status of the runs. Throws ConfigError and OutputError.
int run_estimate(const EstimateOptions& options);

}  // namespace smmu_vp::tb
