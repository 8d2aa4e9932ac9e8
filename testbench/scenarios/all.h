// One function a scenario; each makes its entry in the list.
#pragma once

#include "testbench/scenarios/scenario.h"

namespace smmu_vp::tb {

Scenario invalidation_cost();
Scenario smoke();
Scenario sva_lifecycle();
Scenario unmap_race();

}  // namespace smmu_vp::tb
