// `smmu-vp serve`: a machine of its own, offered on a socket until a signal ends it.
#pragma once

#include <string>

#include "testbench/config/load.h"

namespace smmu_vp::tb {

// The exit status, 128 + signal. Throws ConfigError and OutputError.
int run_server(const ConfigSources& config, const std::string& socket);

}  // namespace smmu_vp::tb
