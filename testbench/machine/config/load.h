// Builds a checked Config from a TOML file and --set overrides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/machine/config/config.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/machine/config/keys.h"

namespace smmu_vp::tb {

struct ConfigSources {
  // Applied in this order; later values win.
  std::vector<std::string> defaults;  // a scenario's own "key=value"
  std::optional<std::string> file;
  std::vector<std::string> overrides;  // "key=value" from the command line
};

// Throws ConfigError with a one-line message.
Config load_config(const ConfigSources& sources, const std::vector<ScenarioParameter>& parameters = {});

}  // namespace smmu_vp::tb
