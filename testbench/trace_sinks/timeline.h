// timeline.json, for Perfetto or chrome://tracing: processes by PASID, the driver's operations, the command
// queue, TBUs and TCU, link and endpoints.
#pragma once

#include <deque>

#include "testbench/trace_sinks/tracks.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class Timeline {
 public:
  Timeline(trace::Bus& bus, const std::string& path);
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  // Ends what is still open at `t_ps`.
  void close(u64 t_ps);

 private:
  Track& track(unsigned process, std::string name);
  void software(trace::Bus& bus);
  void smmu(trace::Bus& bus);
  void devices(trace::Bus& bus);

  TraceWriter writer_;
  std::deque<Track> tracks_;
  std::map<std::string, Track*> by_name_;
  std::unordered_map<u64, std::vector<trace::Operation>> parts_;  // by operation, until it ends
  std::unordered_map<u64, Track*> transactions_;                  // by number
};

}  // namespace smmu_vp::tb
