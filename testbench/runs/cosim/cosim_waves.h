// Waves of one replay: the signals of the cache, and a signal and a marker at the first difference.
#pragma once

#include <string>

#include "testbench/observe/trace_sinks/wave_file.h"
#include "testbench/observe/trace_sinks/wave_layout.h"
#include "testbench/runs/cosim/traffic.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class CosimWaves final : public CycleWatch {
 public:
  static constexpr u64 kCyclePs = 1000;  // of the clock in the waves

  // Watches this traffic from its first cycle. Throws OutputError.
  struct Place {
    std::string path, site;  // of the files, without ending; of the cache in the waves
  };
  CosimWaves(CacheModel& model, Traffic& traffic, Place place);

  void before_low(u64 cycle) override;
  void before_rise(u64 cycle) override;
  // Writes the file, and the layout beside it for GTKWave. Throws WriteError.
  void close();

 private:
  void look(u64 t_ps);

  Traffic& traffic_;
  Place place_;
  u64 now_ps_ = 0;
  trace::Bus bus_;
  WaveLayout layout_;
  WaveFile file_;
  WaveFile::Signal mismatch_, operation_;
};

}  // namespace smmu_vp::tb
