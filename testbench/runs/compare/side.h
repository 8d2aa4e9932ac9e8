// One side of a comparison: a run, or a sweep with its points and seeds.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "testbench/runs/sweep/measures.h"

namespace smmu_vp::tb {

struct Side {
  std::string path, title, scenario;
  std::map<std::string, std::vector<Measures>>
      points;  // by the values of the axes; one of a run is called ""
  std::size_t runs() const;
};

// `path` is a folder that a run or a sweep wrote, or the summary.json or sweep.json in it. Throws ConfigError.
Side read_side(const std::string& path);

}  // namespace smmu_vp::tb
