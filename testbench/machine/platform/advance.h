// Lets the simulation run for some time: the only way in, for runs and for the C ABI.
#pragma once

#include <systemc>

namespace smmu_vp::tb {

// sc_start(), made safe for exceptions under AddressSanitizer.
void advance(const sc_core::sc_time& time);

}  // namespace smmu_vp::tb
