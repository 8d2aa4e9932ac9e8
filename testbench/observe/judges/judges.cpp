// What monitors know about a machine: its ID registers, and how long it may take.
#include "testbench/observe/judges/judges.h"

#include <algorithm>

#include "testbench/machine/config/pace.h"
#include "tlm/core/id_registers.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kFaults = 4;

// Of one CPU's list of commands behind those of all others. Software may leave ranges out that it could use.
u64 longest_invalidation_ps(Config config, u64 page_in_ps) {
  config.driver.ril = false;
  return config.cpu.count * Pace(config, page_in_ps).invalidation_ps();
}

}  // namespace

// What software never does is found before the run is given up for it.
LongestDelays delays_of_scenario(const Config& config, u64 page_in_ps) {
  return {.software_ps = Pace(config, page_in_ps).longest_without_progress_ps() / 2,
          .invalidation_ps = longest_invalidation_ps(config, page_in_ps)};
}

LongestDelays delays_of_own_driver(const Config& config) {
  return {.software_ps = kFaults * Pace(config).fault_ps(),
          .invalidation_ps = longest_invalidation_ps(config, 0)};
}

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
