// What one run of another process found, read from the summary.json that it left.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "testbench/observe/monitors/monitor.h"

namespace smmu_vp::tb {

// The first violation that a monitor reported.
struct Sighting {
  std::string monitor;
  u64 t_ps = 0;
  std::string what;
};

struct RunVerdict {
  bool ended_well = false;                      // it ran to its end, clean or not, and left a summary
  bool clean = false;                           // and nothing at all was wrong
  std::map<Witness, bool> judged = {};          // whether any monitor of that kind compared anything
  std::multimap<Witness, Sighting> found = {};  // one for each monitor with violations
  std::string complaint = {};  // what was wrong beside violations: a check of the scenario, a crash

  // The earliest sighting of this kind.
  std::optional<Sighting> first(Witness witness) const;
};

// `exit_status` as waitpid() gave it; `directory` is where the run wrote its outputs.
RunVerdict read_verdict(int exit_status, const std::string& directory);

}  // namespace smmu_vp::tb
