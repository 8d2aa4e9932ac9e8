// The run folder of a driver from outside.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "testbench/machine/config/config.h"
#include "testbench/observe/recording/recorder.h"

namespace smmu_vp::tb {

class Recording {
 public:
  // How it ends.
  struct Ending {
    bool judged = false;      // the monitors have judged what only the end shows
    std::string signal = {};  // what ended it, "SIGTERM"; empty otherwise
  };

  // Throws OutputError; FolderInUse if another run is using the directory.
  Recording(trace::Bus& bus, const Config& config, std::span<const std::unique_ptr<Monitor>> monitors,
            const std::string& directory, const RecordedParts& parts);

  Recorder& recorder() { return recorder_; }
  void expect(Expectation expectation) { record_.expectations.push_back(std::move(expectation)); }
  void repeated_by(std::vector<std::string> command) { record_.command = std::move(command); }
  // Returns the verdict, one line. Throws WriteError if not everything could be written.
  std::string close(const Platform& platform, u64 t_ps, const Ending& ending);

 private:
  RunRecord record_;
  Recorder recorder_;
};

}  // namespace smmu_vp::tb
