// How devices and ports report their counters: one call per counter, with its dotted name.
#pragma once

#include <functional>
#include <string>

#include "tlm/spec/types.h"

namespace smmu_vp::device {

using CounterVisitor = std::function<void(const std::string& name, u64 value)>;

}  // namespace smmu_vp::device
