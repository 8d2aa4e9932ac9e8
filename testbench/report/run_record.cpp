// Counts what went wrong in a run.
#include "testbench/report/run_record.h"

#include <algorithm>

namespace smmu_vp::tb {

u64 RunRecord::failed_expectations() const {
  return static_cast<u64>(
      std::count_if(expectations.begin(), expectations.end(), [](const Expectation& e) { return !e.ok; }));
}
u64 RunRecord::failed_rows() const {
  return static_cast<u64>(
      std::count_if(phases.rows().begin(), phases.rows().end(), [](const PhaseRow& r) { return !r.ok(); }));
}
u64 RunRecord::violations() const {
  u64 n = 0;
  for (const auto& m : monitors) n += m->violation_count();
  return n;
}

}  // namespace smmu_vp::tb
