// One run of a scenario, from configuration to outputs.
#pragma once

#include <string>
#include <vector>

#include "testbench/config/load.h"
#include "testbench/inspect/request.h"

namespace smmu_vp::tb {

enum class WaveFormat { kOff, kFst, kVcd };

struct RunOptions {
  std::string scenario;
  ConfigSources config;
  std::string out;  // empty: out/SCENARIO
  WaveFormat waves = WaveFormat::kFst;
  u64 wave_start_ps = 0, wave_end_ps = ~u64{0};
  bool quiet = false;
  std::vector<ExplainRequest> explain;
  std::vector<u64> dump_at_ps;
};

// The exit status: 0 clean, 1 violation, 3 internal error, 130 or 143 interrupted. Throws ConfigError and
// OutputError. Once a process, since SystemC elaborates once.
int run(const RunOptions& options);

}  // namespace smmu_vp::tb
