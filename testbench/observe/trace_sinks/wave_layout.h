// waves.gtkw, for a run's waves: what GTKWave shows when it opens them, with
// markers at the moments of this run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/observe/trace_sinks/wave_file.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class WaveLayout {
 public:
  explicit WaveLayout(trace::Bus& bus);
  WaveLayout(const WaveLayout&) = delete;
  WaveLayout& operator=(const WaveLayout&) = delete;

  // Writes `path`, which shows `dump`; `names` is false for VCD, which has no names of values. `sites` are
  // Verilated caches, each at the top of a hierarchy. Throws OutputError.
  void write(const std::string& path, const std::string& dump, bool names, const WaveFile& waves,
             const std::vector<std::string>& sites, u64 end_ps) const;

 private:
  struct Marker {
    const char* name;
    std::optional<u64> t_ps;  // when it first happened
  };
  enum Which { kDied, kQuiesced, kUnbound, kViolation, kMismatch, kMarkers };
  void happened(Which which, u64 t_ps);
  std::string view(u64 end_ps) const;

  Marker markers_[kMarkers] = {
      {"killed", {}}, {"quiesced", {}}, {"unbound", {}}, {"violation", {}}, {"mismatch", {}}};
  std::vector<u64> live_;  // address spaces in use by a device
};

}  // namespace smmu_vp::tb
