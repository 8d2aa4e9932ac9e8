// The process behind an interrupt line.
#include "testbench/machine/platform/irq_wire.h"

#include <fmt/format.h>

namespace smmu_vp::tb {

void wire(const sc_core::sc_event& edge, u32 irq, Interrupts& interrupts) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&edge);
  options.dont_initialize();
  sc_core::sc_spawn([&interrupts, irq] { interrupts.raise(irq); }, fmt::format("irq{}", irq).c_str(),
                    &options);
}

}  // namespace smmu_vp::tb
