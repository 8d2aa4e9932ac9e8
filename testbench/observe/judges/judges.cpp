// What monitors know about a machine: its ID registers, and how long it may take.
#include "testbench/observe/judges/judges.h"

#include <algorithm>

#include "tlm/core/id_registers.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

std::vector<std::unique_ptr<Monitor>> make_judges(trace::Bus& bus, const Config& config, const RamView& ram,
                                                  const LongestDelays& longest) {
  if (!config.monitors.enabled) return {};
  const u64 grace_ps = config.monitors.grace_us * 1'000'000;
  const MachineTraits machine{
      .stalls_forced = config.smmu.features.stall_model == spec::kStallModelForced,
      .software_delay_ps = std::max({MachineTraits{}.software_delay_ps, grace_ps, longest.software_ps}),
      .grace_ps = std::max(grace_ps, 2 * longest.invalidation_ps),
      .strict = config.monitors.strict,
      .id_register = [smmu = config.smmu](u32 offset) { return core::id_register(offset, smmu); }};
  return make_monitors(bus, machine, ram);
}

}  // namespace smmu_vp::tb
