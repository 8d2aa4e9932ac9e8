// Names of the values that wave signals take, from the architecture's own tables.
#pragma once

#include "testbench/observe/trace_sinks/wave_file.h"

namespace smmu_vp::tb {

const WaveNames& command_names();
const WaveNames& event_names();
const WaveNames& phase_names();

}  // namespace smmu_vp::tb
