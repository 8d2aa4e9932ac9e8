// Everything about a run that is reported: the contents of summary.json and of the printed report.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "testbench/observe/monitors/monitor.h"
#include "testbench/observe/report/measured_table.h"
#include "testbench/observe/report/phase_table.h"
#include "testbench/observe/trace_sinks/authors.h"
#include "testbench/observe/trace_sinks/latency.h"

namespace smmu_vp::tb {

struct TimedLine {
  u64 t_ps;
  std::optional<trace::LogLevel> level;  // for a line of the kernel log
  std::string text;
};

struct Expectation {
  u64 t_ps;
  bool ok;
  std::string text;
};

enum class RunStatus { kOk, kViolation, kError, kInterrupted };

struct RunRecord {
  std::string scenario;
  u64 seed = 0;
  std::shared_ptr<const nlohmann::json> config;  // a pointer, as few includers need all of JSON
  // Of each duration and rate of the machine: value, kind and text of its source; and whether one has none.
  std::shared_ptr<const nlohmann::json> sources;
  bool uncalibrated = true;
  RunStatus status = RunStatus::kOk;
  std::string error;   // why the run could not continue; empty otherwise
  std::string signal;  // that interrupted it, "SIGINT"; empty otherwise
  std::vector<std::string>
      command;  // that repeats the run: program and arguments; empty for a driver of one's own
  u64 sim_time_ps = 0;
  double wall_s = 0;
  PhaseTable phases;
  std::vector<Expectation> expectations;
  std::vector<TimedLine> not_judged;                   // what the scenario tried but could not bring about
  std::span<const std::unique_ptr<Monitor>> monitors;  // the machine's, which outlive the record
  std::map<std::string, u64> counters;
  std::map<std::string, Latency::Summary> latency;
  std::vector<TimedLine> kernel_log, notes;
  std::vector<TimedLine> incomplete;       // outputs that reached their limit
  std::vector<MeasuredTable> tables;       // of scenarios that measure
  std::shared_ptr<const Authors> authors;  // of what the SMMU read; null if nothing told
  std::string directory;                   // of the outputs
  std::vector<std::string> outputs;        // paths

  u64 failed_expectations() const;
  u64 failed_rows() const;
  u64 unjudged_rows() const;  // including cells of the phase table without a row
  u64 violations() const;
  u64 unjudged_monitors() const;
  // Adds the violations that the scenario meant to provoke and that did not come to what was not judged.
  void note_missing_violations(u64 t_ps);
  bool clean() const { return violations() + failed_rows() + failed_expectations() == 0; }
};

}  // namespace smmu_vp::tb
