// `smmu-vp events FILE`: prints the events of a log that a filter lets through.
#pragma once

#include <CLI/CLI.hpp>

namespace smmu_vp::tb {

void add_events(CLI::App& app);

}  // namespace smmu_vp::tb
