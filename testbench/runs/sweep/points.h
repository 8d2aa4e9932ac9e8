// The points of a sweep: every combination of the values of its axes, with every seed.
#pragma once

#include <string>
#include <vector>

#include "testbench/runs/sweep/sweep_file.h"

namespace smmu_vp::tb {

struct Point {
  std::vector<std::size_t> at;  // the value of each axis
  u64 seed = 1;
  std::vector<std::string> settings;  // "key=value"
  // `run SCENARIO …`, without --out.
  std::vector<std::string> arguments;
  // The name of its folder. It follows from the arguments, so that a point is found again when others are added.
  std::string folder;
};

std::vector<Point> points_of(const SweepSpec& sweep);

}  // namespace smmu_vp::tb
