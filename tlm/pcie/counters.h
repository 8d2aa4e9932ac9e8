// How components of this folder offer their counters: one call a counter, with its dotted name.
#pragma once

#include <functional>
#include <string>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

using CounterVisitor = std::function<void(const std::string& name, u64 value)>;

}  // namespace smmu_vp::pcie
