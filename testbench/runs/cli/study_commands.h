// The options of sweep, compare and estimate.
#pragma once

#include <CLI/CLI.hpp>

namespace smmu_vp::tb {

// Adds them to the program; `status` becomes the exit status of the one that is called.
void add_sweep(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_estimate(CLI::App& app, int& status);

}  // namespace smmu_vp::tb
