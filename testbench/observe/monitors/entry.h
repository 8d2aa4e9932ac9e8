// What a monitor's file provides: one function, named in all.def.
#pragma once

#include <memory>

#include "testbench/observe/monitors/monitor.h"
#include "testbench/observe/monitors/shadows.h"

namespace smmu_vp::tb {

using SharedShadows = std::shared_ptr<Shadows>;

struct MonitorEntry {
  const MonitorInfo& info;
  std::unique_ptr<Monitor> (*make)(trace::Bus& bus, const SharedShadows& shadows);
};

template <typename M>
MonitorEntry entry_of(const MonitorInfo& info) {
  return {info, [](trace::Bus& bus, const SharedShadows& shadows) -> std::unique_ptr<Monitor> {
            return std::make_unique<M>(bus, shadows);
          }};
}

namespace monitors {
#define MONITOR(name) MonitorEntry name();
#include "testbench/observe/monitors/all.def"
}  // namespace monitors

}  // namespace smmu_vp::tb
