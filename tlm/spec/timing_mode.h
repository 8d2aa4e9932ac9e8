// How precisely a run models time.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// No time; each thread's own time, up to a quantum ahead of the others; or all durations, with contention.
enum class TimingMode : u8 { kUntimed, kLoose, kTimed };

}  // namespace smmu_vp::spec
