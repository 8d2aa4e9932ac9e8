// Serves explain and dump requests in order of time.
#include "testbench/runs/run/stops.h"

#include <fmt/format.h>

#include "testbench/observe/inspect/dump.h"
#include "testbench/observe/inspect/explain.h"
#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

Stops::Stops(const RunOptions& options, const Platform& platform, Recorder& recorder)
    : platform_(platform), recorder_(recorder) {
  for (const ExplainRequest& r : options.explain) due_[r.at_ps].explain.push_back(r);
  for (const u64 at : options.dump_at_ps) due_[at].dump = true;
}

void Stops::reached(u64 now_ps) {
  while (!due_.empty() && due_.begin()->first <= now_ps) {
    const auto& [at, asked] = *due_.begin();
    for (const ExplainRequest& r : asked.explain) recorder_.add_explanation(explain(platform_, r));
    if (asked.dump) {
      for (const DumpedFile& file : dump(platform_))
        recorder_.add({.name = fmt::format("dump_{}ps/{}", at, file.name), .text = file.text});
    }
    due_.erase(due_.begin());
  }
}

void Stops::close(u64 now_ps) {
  for (const auto& [at, asked] : due_) {
    for (const ExplainRequest& r : asked.explain)
      recorder_.add_explanation(
          fmt::format("explain {}: the run ended before, at {}\n", r.text, time_text(now_ps)));
    if (asked.dump)
      recorder_.add_explanation(
          fmt::format("dump at {}: the run ended before, at {}\n", time_text(at), time_text(now_ps)));
  }
}

}  // namespace smmu_vp::tb
