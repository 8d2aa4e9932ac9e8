// `smmu-vp compare A B`: prints what differs, and writes comparison.json and report.html.
#pragma once

#include <string>

namespace smmu_vp::tb {

struct CompareOptions {
  std::string a, b;
  std::string out = "out/compare";
  bool all = false;  // print differences within the spread too
};

// Returns 0. Throws ConfigError and OutputError.
int run_compare(const CompareOptions& options);

}  // namespace smmu_vp::tb
