// Lets the simulation run for a while: the one way in, for runs and for the C ABI.
#pragma once

#include <systemc>

namespace smmu_vp::tb {

// sc_start(), from which an exception may then be thrown under AddressSanitizer too.
void advance(const sc_core::sc_time& time);

}  // namespace smmu_vp::tb
