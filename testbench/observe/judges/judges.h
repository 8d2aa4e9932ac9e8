// The monitors of a configured machine.
#pragma once

#include <memory>
#include <vector>

#include "testbench/machine/config/config.h"
#include "testbench/observe/judges/ram_view.h"
#include "testbench/observe/monitors/monitor.h"

namespace smmu_vp::tb {

// Extra time that this machine may take, beyond what a monitor allows anyway.
struct LongestDelays {
  u64 software_ps = 0;      // until software has reacted to an event or message
  u64 invalidation_ps = 0;  // for the commands of one invalidation and their CMD_SYNC
};

// From the durations and sizes in the configuration (testbench/machine/config/pace.h), of a scenario and its kernel, whose
// faults wait `page_in_ps` for storage and for each other.
LongestDelays delays_of_scenario(const Config& config, u64 page_in_ps);
// Of a driver from outside, which may take as long as a few page faults.
LongestDelays delays_of_own_driver(const Config& config);

// Empty if `config` turns monitors off. Create them before the machine; they read its memory through `ram`.
std::vector<std::unique_ptr<Monitor>> make_judges(trace::Bus& bus, const Config& config, const RamView& ram,
                                                  const LongestDelays& longest);

}  // namespace smmu_vp::tb
