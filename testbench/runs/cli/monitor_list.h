// The monitors, for `list monitors`, `explain` and the page docs/monitors.md.
#pragma once

#include <string>
#include <vector>

#include "testbench/runs/cli/list.h"

namespace smmu_vp::tb {

std::vector<Listed> monitors_listed();
std::string monitors_markdown();

}  // namespace smmu_vp::tb
