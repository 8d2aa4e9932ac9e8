// The pages of memory that an SMMU reads by itself: Command queue, structures, translation tables. Each is told once, when it
// is first read; those of a Command queue when its base is written.
#pragma once

#include <functional>
#include <unordered_set>

#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class PagesRead {
 public:
  static constexpr u64 kPageBytes = 4096;

  // Calls `tell` with a page's address. `bus` must announce nothing once this object is destroyed.
  PagesRead(trace::Bus& bus, std::function<void(u64 page)> tell);
  PagesRead(const PagesRead&) = delete;
  PagesRead& operator=(const PagesRead&) = delete;

 private:
  void read(u64 pa);

  std::function<void(u64)> tell_;
  std::unordered_set<u64> told_;
};

}  // namespace smmu_vp::tb
