// Counts what went wrong in a run.
#include "testbench/observe/report/run_record.h"

#include <fmt/format.h>

#include <algorithm>

namespace smmu_vp::tb {

u64 RunRecord::failed_expectations() const {
  return static_cast<u64>(
      std::count_if(expectations.begin(), expectations.end(), [](const Expectation& e) { return !e.ok; }));
}
u64 RunRecord::failed_rows() const {
  return static_cast<u64>(std::count_if(phases.rows().begin(), phases.rows().end(),
                                        [](const PhaseRow& r) { return r.failed(); }));
}
u64 RunRecord::unjudged_rows() const {
  return static_cast<u64>(std::count_if(phases.rows().begin(), phases.rows().end(),
                                        [](const PhaseRow& r) { return !r.judged; })) +
         phases.unexercised().size();
}
u64 RunRecord::violations() const {
  u64 n = 0;
  for (const auto& m : monitors) n += m->violation_count();
  return n;
}

void RunRecord::note_missing_violations(u64 t_ps) {
  for (const auto& m : monitors) {
    for (const auto& [sid, count] : m->expected())
      if (count == 0)
        not_judged.push_back(
            {t_ps,
             {},
             fmt::format("violations of {} by StreamID {:#x}, which the scenario provokes", m->name(), sid)});
  }
}

u64 RunRecord::unjudged_monitors() const {
  return static_cast<u64>(std::count_if(monitors.begin(), monitors.end(),
                                        [](const auto& m) { return m->verdict() == Verdict::kNotJudged; }));
}

}  // namespace smmu_vp::tb
