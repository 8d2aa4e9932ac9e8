// Arrows from slice to slice. They are written after all slices, because viewers read a trace in time order
// and an arrow must come after the slices that it connects.
#pragma once

#include <string_view>
#include <vector>

#include "testbench/observe/trace_sinks/tracks.h"

namespace smmu_vp::tb {

// A slice on the path; `later` is set if its place is only known when the trace is closed.
struct FlowStep {
  Place place;
  const Place* later = nullptr;
};

class Flows {
 public:
  // `name` is a literal. A path of one slice has no arrow.
  void add(std::string_view name, std::vector<FlowStep> way) {
    if (way.size() > 1) flows_.push_back({name, std::move(way)});
  }
  void write(TraceWriter& writer);

 private:
  struct Flow {
    std::string_view name;
    std::vector<FlowStep> way;
  };
  std::vector<Flow> flows_;
};

}  // namespace smmu_vp::tb
