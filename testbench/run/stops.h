// Moments of a run at which the platform is looked at: explanations and dumps. Stopping changes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "testbench/platform/platform.h"
#include "testbench/report/run_record.h"
#include "testbench/run/run.h"

namespace smmu_vp::tb {

class Stops {
 public:
  Stops(const RunOptions& options, const Platform& platform, std::string dir, RunRecord& record);

  // The next moment to stop at; ~0 when there is none.
  u64 next_ps() const { return due_.empty() ? ~u64{0} : due_.begin()->first; }
  // Serves what is due by now.
  void reached(u64 now_ps);
  // The run ended: what was asked for a later time is said to be missing; writes explain.txt.
  void close(u64 now_ps);

  const std::string& explanations() const { return explanations_; }

 private:
  struct Asked {
    std::vector<ExplainRequest> explain;
    bool dump = false;
  };

  const Platform& platform_;
  std::string dir_;
  RunRecord& record_;
  std::map<u64, Asked> due_;
  std::string explanations_;
};

}  // namespace smmu_vp::tb
