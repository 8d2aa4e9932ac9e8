// The interleavings of interest that a run met, as a table, and those that its scenario promises.
#pragma once

#include "testbench/observe/report/run_record.h"
#include "testbench/observe/trace_sinks/interleavings.h"
#include "testbench/runs/scenarios/scenario.h"

namespace smmu_vp::tb {

const TableKind& interleavings_kind();

// Rows for what was met and for what was promised. What was promised and not met is not judged, in a run that has
// `finished`.
struct InterleavingsEnd {
  bool finished;
  u64 t_ps;
};
void report_interleavings(const Interleavings& seen, const Scenario& scenario, const InterleavingsEnd& end,
                          RunRecord& record);

}  // namespace smmu_vp::tb
