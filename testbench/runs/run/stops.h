// Times at which a run inspects the platform: explanations and dumps. Stopping does not affect the run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "testbench/machine/platform/platform.h"
#include "testbench/observe/recording/recorder.h"
#include "testbench/runs/run/run.h"

namespace smmu_vp::tb {

class Stops {
 public:
  Stops(const RunOptions& options, const Platform& platform, Recorder& recorder);

  // The next time to stop at, ~0 if there is none.
  u64 next_ps() const { return due_.empty() ? ~u64{0} : due_.begin()->first; }
  // Serves the requests that are due by now.
  void reached(u64 now_ps);
  // Ends the run: reports requests for later times as not served.
  void close(u64 now_ps);

 private:
  struct Asked {
    std::vector<ExplainRequest> explain;
    bool dump = false;
  };

  const Platform& platform_;
  Recorder& recorder_;
  std::map<u64, Asked> due_;
};

}  // namespace smmu_vp::tb
