// Runs of this program in processes of their own, several at once. SystemC elaborates once per process.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace smmu_vp::tb {

class ChildRuns {
 public:
  // Which of the runs, and the status that waitpid() gave.
  struct Ended {
    std::size_t id;
    int status;
  };

  // `launcher` stands in front of every command: a program that runs it elsewhere, such as srun, and its options.
  explicit ChildRuns(std::vector<std::string> launcher = {}) : launcher_(std::move(launcher)) {}
  // Ends those that are still running.
  ~ChildRuns();
  ChildRuns(const ChildRuns&) = delete;
  ChildRuns& operator=(const ChildRuns&) = delete;

  // Starts `smmu-vp ARGUMENTS…`, its standard output discarded. Throws std::system_error if it cannot.
  void start(std::size_t id, const std::vector<std::string>& arguments);
  std::size_t running() const { return ids_.size(); }
  // Waits for one to end; nothing when a signal to this process came first.
  std::optional<Ended> wait();

 private:
  std::vector<std::string> launcher_;
  std::map<pid_t, std::size_t> ids_;
};

}  // namespace smmu_vp::tb
