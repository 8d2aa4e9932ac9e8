// One run of a scenario, from configuration to outputs.
#pragma once

#include <string>
#include <vector>

#include "testbench/machine/config/load.h"
#include "testbench/observe/inspect/request.h"
#include "testbench/observe/recording/recorder.h"

namespace smmu_vp::tb {

struct RunOptions {
  std::string program = "smmu-vp";  // as invoked
  std::string scenario;
  ConfigSources config;
  std::string out;  // empty: out/SCENARIO
  RecordedParts record;
  WaveFormat waves = WaveFormat::kFst;
  WaveFile::Window wave_window;
  bool quiet = false;
  std::vector<ExplainRequest> explain;
  std::vector<u64> dump_at_ps;
};

// Returns the RTL model that a run with these options needs and this build does not contain; empty if there
// is none. Call it instead of run(), never before it, because SystemC elaborates once.
std::string missing_model(const RunOptions& options);

// Throws ConfigError if the scenario does not exist, or cannot run with this configuration.
void check_run(const std::string& scenario, const ConfigSources& sources);

// Returns the exit status: 0 clean, 1 violation, 128 + signal interrupted. Throws ConfigError, OutputError
// and, if an output could not be completed, WriteError. Call it once per
// process, because SystemC elaborates once.
int run(const RunOptions& options);

}  // namespace smmu_vp::tb
