// Everything a run leaves behind for its account: what summary.json holds and what is printed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "testbench/monitors/monitor.h"
#include "testbench/report/phase_table.h"
#include "testbench/trace_sinks/latency.h"

namespace smmu_vp::tb {

struct TimedLine {
  u64 t_ps;
  std::string level;  // of the kernel log; empty for notes
  std::string text;
};

struct Expectation {
  u64 t_ps;
  bool ok;
  std::string text;
};

enum class RunStatus { kOk, kViolation, kError };

struct RunRecord {
  std::string scenario;
  u64 seed = 0;
  nlohmann::json config;
  RunStatus status = RunStatus::kOk;
  std::string error;  // why a run could not go on; empty otherwise
  u64 sim_time_ps = 0;
  double wall_s = 0;
  PhaseTable phases;
  std::vector<Expectation> expectations;
  std::vector<std::unique_ptr<Monitor>> monitors;
  std::map<std::string, u64> counters;
  std::map<std::string, Latency::Summary> latency;
  std::vector<TimedLine> kernel_log, notes;
  std::vector<std::string> tables;   // printed as they are, by scenarios that measure
  std::vector<std::string> outputs;  // paths

  u64 failed_expectations() const;
  u64 failed_rows() const;
  u64 violations() const;
};

}  // namespace smmu_vp::tb
