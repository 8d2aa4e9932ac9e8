// What was asked for, by time.
#include "testbench/run/stops.h"

#include <fmt/format.h>

#include "testbench/inspect/dump.h"
#include "testbench/inspect/explain.h"
#include "testbench/report/text.h"
#include "testbench/trace_sinks/output_file.h"

namespace smmu_vp::tb {

Stops::Stops(const RunOptions& options, const Platform& platform, std::string dir, RunRecord& record)
    : platform_(platform), dir_(std::move(dir)), record_(record) {
  for (const ExplainRequest& r : options.explain) due_[r.at_ps].explain.push_back(r);
  for (const u64 at : options.dump_at_ps) due_[at].dump = true;
}

void Stops::reached(u64 now_ps) {
  while (!due_.empty() && due_.begin()->first <= now_ps) {
    const auto& [at, asked] = *due_.begin();
    for (const ExplainRequest& r : asked.explain) explanations_ += explain(platform_, r);
    if (asked.dump) {
      for (std::string& path : dump(platform_, fmt::format("{}/dump_{}ps", dir_, at)))
        record_.outputs.push_back(std::move(path));
    }
    due_.erase(due_.begin());
  }
}

void Stops::close(u64 now_ps) {
  for (const auto& [at, asked] : due_) {
    for (const ExplainRequest& r : asked.explain)
      explanations_ += fmt::format("explain {}: the run ended before, at {}\n", r.text, time_text(now_ps));
    if (asked.dump)
      explanations_ +=
          fmt::format("dump at {}: the run ended before, at {}\n", time_text(at), time_text(now_ps));
  }
  if (explanations_.empty()) return;
  write_whole(dir_ + "/explain.txt", explanations_);
  record_.outputs.push_back(dir_ + "/explain.txt");
}

}  // namespace smmu_vp::tb
