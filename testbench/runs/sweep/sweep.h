// `smmu-vp sweep`: runs every point of a sweep in a process of its own and collects what they measured.
#pragma once

#include <functional>
#include <string>

#include "testbench/machine/config/load.h"
#include "testbench/runs/sweep/sweep_file.h"
#include "testbench/runs/sweep/validation_page.h"

namespace smmu_vp::tb {

enum class Executor { kLocal, kSlurm };

// What becomes of the points of an unfinished sweep in the same folder.
enum class Unfinished { kRefuse, kContinue, kOverwrite };

struct SweepOptions {
  std::string out;
  unsigned jobs = 0;  // runs at once; 0: one a CPU, or with Slurm as many as it takes
  Unfinished unfinished = Unfinished::kRefuse;
  bool quiet = false;
  Executor executor = Executor::kLocal;
  // Throws ConfigError for a configuration that `scenario` cannot run with.
  std::function<void(const std::string& scenario, const ConfigSources& sources)> check;
};

struct SweepOutcome {
  int status;  // 0 all points clean and every law and published figure within its limit, 1 not, 128 + signal interrupted
  Validation validation;
};

// Throws ConfigError and OutputError before any point has run.
SweepOutcome run_sweep(const SweepSpec& sweep, const SweepOptions& options);

}  // namespace smmu_vp::tb
