// Collects the tables of planted bugs.
#include "testbench/runs/gauntlet/planted_bug.h"

#include <iterator>

#include "sw_driver/bugs.h"
#include "tlm/core/hardware_bugs.h"

namespace smmu_vp::tb {

const std::vector<PlantedBug>& planted_bugs() {
  static const std::vector<PlantedBug> all = [] {
    std::vector<PlantedBug> bugs;
    bugs.reserve(std::size(sw::kBugs) + std::size(core::kHardwareBugs));
    for (const sw::BugInfo& b : sw::kBugs)
      bugs.push_back({"driver.bug", b.name, b.description, b.source, b.shows});
    for (const core::HardwareBugInfo& b : core::kHardwareBugs)
      bugs.push_back({"hardware.bug", b.name, b.description, {}, b.shows});
    return bugs;
  }();
  return all;
}

}  // namespace smmu_vp::tb
