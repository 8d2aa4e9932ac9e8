// Every planted bug must be caught by a monitor, and the correct driver must be silent where they were run.
#pragma once

#include <string>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct GauntletOptions {
  std::vector<std::string>
      bugs;           // names; empty: all of them and the correct driver; "none": the correct driver
  u64 seeds = 20;     // most runs of each
  unsigned jobs = 0;  // runs at once; 0: one a CPU
  std::string out = "out/gauntlet";
  bool markdown = false;  // print the page of docs/ and no table
  bool quiet = false;
};

// Returns the exit status: 0 all caught and silent, 1 not so, 128 + signal interrupted. Throws ConfigError, OutputError.
int run_gauntlet(const GauntletOptions& options);

}  // namespace smmu_vp::tb
