// A part of a run's time as a user writes it, START:END.
#pragma once

#include <string>

#include "testbench/observe/trace_sinks/wave_file.h"

namespace smmu_vp::tb {

// Either may be missing, but not both; each has a unit, as in "10us:50us". Throws ConfigError.
WaveFile::Window wave_window(const std::string& text);

}  // namespace smmu_vp::tb
