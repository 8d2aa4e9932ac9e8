// `smmu-vp serve`: creates a machine and serves it on a socket until a signal ends it.
#pragma once

#include <string>

#include "testbench/api/serve/client_folders.h"
#include "testbench/machine/config/load.h"

namespace smmu_vp::tb {

// Returns the exit status, 128 + signal. Throws ConfigError, OutputError and WriteError.
int run_server(const ConfigSources& config, const std::string& socket, const serve::FolderOptions& folders);

}  // namespace smmu_vp::tb
