// From a TOML file and --set overrides to a checked Config.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/config/config.h"
#include "testbench/config/config_error.h"
#include "testbench/config/keys.h"

namespace smmu_vp::tb {

struct ConfigSources {
  // Applied in this order, so later ones win.
  std::vector<std::string> defaults;  // a scenario's own "key=value"
  std::optional<std::string> file;
  std::vector<std::string> overrides;  // "key=value" from the command line
};

// Throws ConfigError, one line.
Config load_config(const ConfigSources& sources, const std::vector<ScenarioParameter>& parameters = {});

}  // namespace smmu_vp::tb
