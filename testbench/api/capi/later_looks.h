// Explanations that were asked for at a later time.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "testbench/machine/platform/platform.h"
#include "testbench/observe/inspect/request.h"

namespace smmu_vp::tb {

class LaterLooks {
 public:
  void add(ExplainRequest request) { due_.emplace(request.at_ps, std::move(request)); }
  // When the next one is due; ~0 if there is none.
  u64 next_ps() const { return due_.empty() ? ~u64{0} : due_.begin()->first; }
  // Hands out the texts of those that are due by now.
  void reached(u64 now_ps, const Platform& platform, const std::function<void(const std::string&)>& text);
  // What is still to come when a run ends now, one line for each.
  std::string unserved(u64 now_ps) const;

 private:
  std::multimap<u64, ExplainRequest> due_;
};

}  // namespace smmu_vp::tb
