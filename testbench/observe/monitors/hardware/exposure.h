// Measures exposure windows: how long each lasted, and whether it was used.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "testbench/observe/monitors/monitor.h"

namespace smmu_vp::tb {

class ExposureMeter {
 public:
  explicit ExposureMeter(std::string holder) : holder_(std::move(holder)) {}

  void add(u64 ps, bool used) {
    lasted_ps_.push_back(ps);
    used_ += used;
  }
  bool empty() const { return lasted_ps_.empty(); }
  ExposureWindows windows() const {
    std::vector<u64> sorted = lasted_ps_;
    std::sort(sorted.begin(), sorted.end());
    const auto percentile = [&](u64 n) { return sorted[(sorted.size() - 1) * n / 100]; };
    return {.holder = holder_,
            .count = sorted.size(),
            .used = used_,
            .p50_ps = sorted.empty() ? 0 : percentile(50),
            .p99_ps = sorted.empty() ? 0 : percentile(99),
            .max_ps = sorted.empty() ? 0 : sorted.back()};
  }

 private:
  std::string holder_;
  std::vector<u64> lasted_ps_;
  u64 used_ = 0;
};

}  // namespace smmu_vp::tb
