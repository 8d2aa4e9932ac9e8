// What differs between two sides: keys, and measures with their spread over seeds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/runs/compare/side.h"

namespace smmu_vp::tb {

// Over the seeds of one point.
struct Spread {
  double mean = 0, low = 0, high = 0;
  std::size_t count = 0;
};
struct Difference {
  std::string measure, unit;
  std::optional<Spread> a, b;     // empty: that side has no such measure
  std::optional<double> percent;  // B against A; empty if A is 0 or one is missing
  bool beyond_spread = true;      // no value of A is as small or as large as one of B
};
struct ComparedPoint {
  std::string label;
  std::size_t compared = 0;
  std::vector<Difference> differences;
};
// A key with a value that all runs of a side share; null if they differ or have none.
struct KeyDifference {
  std::string key;
  nlohmann::json a, b;
};
struct Comparison {
  std::vector<KeyDifference> keys;
  std::vector<ComparedPoint> points;  // that both sides have
  std::vector<std::string> only_a, only_b;
  bool uncalibrated = false;
};

Comparison compare(const Side& a, const Side& b);

}  // namespace smmu_vp::tb
