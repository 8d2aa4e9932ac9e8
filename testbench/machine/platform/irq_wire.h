// An interrupt line: each rising edge of a signal, or each notification of an event, raises it.
#pragma once

#include <systemc>

#include "testbench/machine/os/interrupts.h"

namespace smmu_vp::tb {

// Call during elaboration.
void wire(const sc_core::sc_event& edge, u32 irq, Interrupts& interrupts);
inline void wire(const sc_core::sc_signal<bool>& line, u32 irq, Interrupts& interrupts) {
  wire(line.posedge_event(), irq, interrupts);
}

}  // namespace smmu_vp::tb
