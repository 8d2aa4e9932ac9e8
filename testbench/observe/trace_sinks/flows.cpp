// The format of arrows.
#include "testbench/observe/trace_sinks/flows.h"

#include <algorithm>

namespace smmu_vp::tb {

void Flows::write(TraceWriter& writer) {
  for (u64 id = 0; id < flows_.size(); ++id) {
    auto& [name, way] = flows_[id];
    for (FlowStep& step : way) {
      if (step.later) step.place = *step.later;
    }
    std::stable_sort(way.begin(), way.end(), [](const FlowStep& a, const FlowStep& b) {
      return a.place.begin_ns < b.place.begin_ns;
    });
    for (std::size_t i = 0; i < way.size(); ++i) {
      const char phase = i == 0 ? 's' : i + 1 == way.size() ? 'f' : 't';
      writer.flow(way[i].place, phase, name, id + 1);
    }
  }
}

}  // namespace smmu_vp::tb
