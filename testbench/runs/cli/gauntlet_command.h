// `smmu-vp run gauntlet`.
#pragma once

#include <CLI/CLI.hpp>

namespace smmu_vp::tb {

// Adds it below the command `run`; `status` receives the exit status.
void add_gauntlet(CLI::App& run, int& status);

}  // namespace smmu_vp::tb
