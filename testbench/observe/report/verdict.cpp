// Counts what failed, and what was not judged.
#include "testbench/observe/report/verdict.h"

#include <fmt/format.h>

#include <initializer_list>

#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

namespace {

struct Count {
  u64 n;
  const char *one, *several;
};

std::string counts(std::initializer_list<Count> list) {
  std::string text;
  for (const Count& c : list)
    if (c.n != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", c.n, c.n == 1 ? c.one : c.several);
  return text;
}

std::string outcome(const RunRecord& run) {
  const std::string failed =
      counts({{run.violations(), "monitor violation", "monitor violations"},
              {run.failed_rows(), "row of the phase table not as expected",
               "rows of the phase table not as expected"},
              {run.failed_expectations(), "expectation failed", "expectations failed"}});
  switch (run.status) {
    case RunStatus::kOk:
      break;
    case RunStatus::kViolation:
      return "VIOLATION: " + failed;
    case RunStatus::kError:
      return "ERROR: " + run.error;
    case RunStatus::kInterrupted:
      return fmt::format("INTERRUPTED by {} at {}", run.signal, time_text(run.sim_time_ps)) +
             (failed.empty() ? "" : ": " + failed);
  }
  return "OK";
}

}  // namespace

std::string verdict(const RunRecord& run) {
  const std::string open =
      counts({{run.unjudged_monitors(), "monitor", "monitors"},
              {run.unjudged_rows(), "row of the phase table", "rows of the phase table"},
              {run.not_judged.size(), "case that did not occur", "cases that did not occur"}});
  return outcome(run) + (open.empty() ? "" : "; not judged: " + open);
}

}  // namespace smmu_vp::tb
