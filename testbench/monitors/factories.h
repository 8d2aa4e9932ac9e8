// How each monitor is made; one file each.
#pragma once

#include <memory>

#include "testbench/monitors/monitor.h"
#include "testbench/monitors/shadows.h"

namespace smmu_vp::tb {

using SharedShadows = std::shared_ptr<Shadows>;
using MakeMonitor = std::unique_ptr<Monitor> (*)(trace::Bus&, const MonitorInfo&, const SharedShadows&);

std::unique_ptr<Monitor> make_stale_translation(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_freed_table_walk(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_ownership(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_isolation(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_prg_answered(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_drained_at_unbind(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_pasid_freed_clean(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_phase_silence(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_sync_completes(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_invalidation_order(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_structure_update(trace::Bus&, const MonitorInfo&, const SharedShadows&);
std::unique_ptr<Monitor> make_cache_lockstep(trace::Bus&, const MonitorInfo&, const SharedShadows&);

}  // namespace smmu_vp::tb
