// The recorded program, running under valgrind, with its trace on a pipe.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "testbench/runs/workload/workload.h"

namespace smmu_vp::tb {

class TracedChild {
 public:
  // Throws WorkloadError if valgrind cannot be started or would refuse the command.
  explicit TracedChild(const std::vector<std::string>& command);
  // Kills the program if it still runs: then the recording has failed.
  ~TracedChild();
  TracedChild(const TracedChild&) = delete;
  TracedChild& operator=(const TracedChild&) = delete;

  // Reads the next line of the trace, without its newline; false when the program has ended. `line` is valid
  // until the next call.
  bool next_line(std::string_view& line);
  // The current mappings of the process, from /proc/PID/maps.
  std::vector<Vma> memory_map() const;
  // Waits for the program to end; returns its waitpid status.
  int wait();

 private:
  bool fill();
  bool ended();

  pid_t pid_ = -1;
  int trace_ = -1;
  std::string buffer_;
  std::size_t taken_ = 0;      // bytes of buffer_ already returned
  std::optional<int> status_;  // set once the program has ended
};

}  // namespace smmu_vp::tb
