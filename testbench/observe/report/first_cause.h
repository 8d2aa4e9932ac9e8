// The first failure of a run, and the commands that examine it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/observe/report/run_record.h"

namespace smmu_vp::tb {

struct Cause {
  u64 t_ps;
  std::string finder;  // the monitor or other check that found it
  std::string what;
  Subject subject;
};

// The earliest of the run's violations, unexpected rows of the phase table and failed expectations.
std::optional<Cause> first_cause(const RunRecord& run);

// The command lines of the same run with waves around the moment, and with the access explained at that time if
// there is one. None if no command repeats the run.
std::vector<std::vector<std::string>> closer_looks(const RunRecord& run, const Cause& cause);

// For a shell: an argument with special characters is put into double quotes.
std::string shell_quoted(const std::string& argument);

}  // namespace smmu_vp::tb
