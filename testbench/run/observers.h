// Everything that listens in a run: monitors, sinks, the notes and the kernel log.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "testbench/platform/platform.h"
#include "testbench/report/run_record.h"
#include "testbench/run/run.h"
#include "testbench/trace_sinks/event_log.h"
#include "testbench/trace_sinks/latency.h"
#include "testbench/trace_sinks/timeline.h"
#include "testbench/trace_sinks/wave_signals.h"

namespace smmu_vp::tb {

class Observers {
 public:
  // Before anything announces facts. `dir` exists.
  Observers(trace::Bus& bus, RunRecord& record, const std::string& dir);
  // After elaboration, before time runs.
  void open_waves(trace::Bus& bus, Platform& platform, const RunOptions& options);
  // Closes every file and puts its path into the record.
  void close(u64 t_ps);

 private:
  RunRecord& record_;
  std::string dir_;
  Latency latency_;
  EventLog log_;
  Timeline timeline_;
  WaveFormat format_ = WaveFormat::kOff;
  std::optional<WaveFile> waves_;
  std::optional<WaveSignals> signals_;
};

}  // namespace smmu_vp::tb
