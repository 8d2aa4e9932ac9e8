// Serves them in order of time.
#include "testbench/api/capi/later_looks.h"

#include <fmt/format.h>

#include "testbench/observe/inspect/explain.h"
#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

void LaterLooks::reached(u64 now_ps, const Platform& platform,
                         const std::function<void(const std::string&)>& text) {
  for (; next_ps() <= now_ps; due_.erase(due_.begin())) text(explain(platform, due_.begin()->second));
}

std::string LaterLooks::unserved(u64 now_ps) const {
  std::string text;
  for (const auto& [at, request] : due_)
    text += fmt::format("explain {}: the run ended before, at {}\n", request.text, time_text(now_ps));
  return text;
}

}  // namespace smmu_vp::tb
