// The option --wave-window START:END.
#pragma once

#include <string>

#include "testbench/runs/run/run.h"

namespace smmu_vp::tb {

// "10us:50us", "10us:", ":2ms"; units ps, ns (default), us, ms, s. Throws ConfigError.
void set_wave_window(RunOptions& options, const std::string& text);

}  // namespace smmu_vp::tb
