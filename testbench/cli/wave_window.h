// --wave-window START:END.
#pragma once

#include <string>

#include "testbench/run/run.h"

namespace smmu_vp::tb {

// "10us:50us", "10us:", ":2ms"; units ps, ns, us, ms, s, and ns without one. Throws ConfigError.
void set_wave_window(RunOptions& options, const std::string& text);

}  // namespace smmu_vp::tb
