// Options that several commands have in common: sizes, and which events.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "testbench/observe/recording/period.h"
#include "testbench/observe/trace_sinks/event_filter.h"

namespace smmu_vp::tb {

// "500MB": bytes, or thousands, millions or billions of them with kB, MB or GB. Throws ConfigError, which names `option`.
u64 size_bytes(const std::string& text, const std::string& option);

// Adds --event-kinds, --event-pasids and --event-window, which set `filter`.
void add_event_filter(CLI::App& command, EventFilter& filter);

}  // namespace smmu_vp::tb
