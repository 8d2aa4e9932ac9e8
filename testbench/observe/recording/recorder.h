// Writes the run folder of a machine: what it announces from now on, and at the end what became of it. The folder is
// the same whatever drives the machine: a scenario, or a driver from outside.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "testbench/observe/output/run_folder.h"
#include "testbench/observe/recording/machine_waves.h"
#include "testbench/observe/recording/recorded_parts.h"
#include "testbench/observe/report/run_record.h"
#include "testbench/observe/trace_sinks/authors.h"
#include "testbench/observe/trace_sinks/event_log.h"
#include "testbench/observe/trace_sinks/latency.h"
#include "testbench/observe/trace_sinks/pasid_tracks.h"
#include "testbench/observe/trace_sinks/timeline.h"
#include "testbench/observe/trace_sinks/wave_layout.h"

namespace smmu_vp::tb {

enum class WaveFormat { kFst, kVcd };

class Recorder {
 public:
  // `record` says what is recorded; its `directory` is made, or rid of what an earlier run left there. Construct
  // between facts. Throws OutputError.
  Recorder(trace::Bus& bus, RunRecord& record, const RecordedParts& parts);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Waves are open from now on; `waves` must outlive close(). Throws OutputError.
  void open_waves(MachineWaves& waves, WaveFormat format);
  // For what no fact tells it; null if there is none.
  Timeline* timeline() { return timeline_ ? &*timeline_ : nullptr; }

  // Adds a file that is complete; its name may begin with a folder. Throws OutputError.
  struct TextFile {
    std::string name, text;
  };
  void add(const TextFile& file);
  // The driver's side tells of one.
  void add(const CpuStore& store, u64 t_ps);
  // Adds to explain.txt, which appears when the recorder is closed.
  void add_explanation(const std::string& text) { explanations_ += text; }
  const std::string& explanations() const { return explanations_; }

  // Completes the record and every file. Returns why not everything could be written; empty if it was.
  std::string close(const Platform& platform, u64 t_ps);

 private:
  void close_waves(u64 t_ps);
  // A file takes up nothing more.
  void full(const std::string& name, u64 t_ps);
  void write_tables();
  // Runs `write`; a failure is kept, and the other files are still completed.
  void attempt(const std::function<void()>& write);

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  RunRecord& record_;
  const u64 most_bytes_;
  RunFolder folder_;
  trace::ListenerGroup listeners_;
  std::shared_ptr<Authors> authors_;
  std::optional<Latency> latency_;
  std::string log_name_;
  std::optional<EventLog> log_;
  std::optional<Timeline> timeline_;
  std::optional<PasidTracks> tracks_;
  bool csv_;
  std::optional<WaveLayout> layout_;
  MachineWaves* waves_ = nullptr;
  WaveFormat format_ = WaveFormat::kFst;
  std::string waves_path_;
  std::string explanations_;
  std::vector<std::string> written_;  // paths, in the order in which they are listed
  std::string unwritten_;             // the first failure
};

}  // namespace smmu_vp::tb
