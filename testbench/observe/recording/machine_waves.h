// The waves of a machine in one file: its facts as signals, beside the signals of its Verilated caches.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "testbench/machine/platform/platform.h"
#include "testbench/observe/trace_sinks/wave_file.h"
#include "testbench/observe/trace_sinks/wave_signals.h"

namespace smmu_vp::tb {

class MachineWaves {
 public:
  // Before simulated time advances: a Verilated model declares its signals once. The machine
  // refers to this object from then on.
  MachineWaves(trace::Bus& bus, Platform& platform, WaveFile::Window window = {});
  MachineWaves(const MachineWaves&) = delete;
  MachineWaves& operator=(const MachineWaves&) = delete;

  // Of the files that are opened from now on.
  void set_window(WaveFile::Window window) { file_.set_window(window); }
  // Again after close() is possible. Throws OutputError.
  void open(const std::string& path, WaveFile::Limit limit = {}) { file_.open(path, std::move(limit)); }
  bool is_open() const { return file_.is_open(); }
  // Throws WriteError.
  void close(u64 t_ps) { file_.close(t_ps); }

  const WaveFile& file() const { return file_; }
  // The Verilated caches, each at the top of a hierarchy.
  const std::vector<std::string>& sites() const { return sites_; }

 private:
  WaveFile file_;
  WaveSignals signals_;
  std::vector<std::string> sites_;
};

}  // namespace smmu_vp::tb
