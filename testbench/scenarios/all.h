// One function a scenario; each makes its entry in the list.
#pragma once

#include "testbench/scenarios/scenario.h"

namespace smmu_vp::tb {

Scenario ats_basic();
Scenario flr_under_load();
Scenario hostile_device();
Scenario invalidation_cost();
Scenario multi_endpoint();
Scenario pri_storm();
Scenario smoke();
Scenario sva_lifecycle();
Scenario unmap_race();

}  // namespace smmu_vp::tb
