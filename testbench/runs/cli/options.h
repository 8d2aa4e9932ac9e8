// Options that several commands have in common: periods of time, sizes, and which events.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "testbench/observe/trace_sinks/event_filter.h"

namespace smmu_vp::tb {

struct Period {
  u64 start_ps = 0, end_ps = ~u64{0};
};
// "10us:50us", "10us:", ":2ms"; units ps, ns (default), us, ms, s. Throws ConfigError, which names `option`.
Period period(const std::string& text, const std::string& option);

// "500MB": bytes, or thousands, millions or billions of them with kB, MB or GB. Throws ConfigError, which names `option`.
u64 size_bytes(const std::string& text, const std::string& option);

// Adds --event-kinds, --event-pasids and --event-window, which set `filter`.
void add_event_filter(CLI::App& command, EventFilter& filter);

}  // namespace smmu_vp::tb
