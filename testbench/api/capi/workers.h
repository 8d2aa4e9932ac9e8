// Simulation threads that run tasks from outside the simulation. A task may block until software acts, so a
// thread is added whenever all are busy.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <systemc>

namespace smmu_vp::tb {

class Workers {
 public:
  explicit Workers(std::string name) : name_(std::move(name)) {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // `task` runs once the simulation runs.
  void run(std::function<void()> task) {
    tasks_.push_back(std::move(task));
    if (idle_ < tasks_.size()) {
      sc_core::sc_spawn_options options;
      options.set_stack_size(kStackBytes);
      sc_core::sc_spawn([this] { work(); }, sc_core::sc_gen_unique_name(name_.c_str()), &options);
      ++idle_;
    }
    handed_in_.notify(sc_core::SC_ZERO_TIME);
  }
  // The number of unfinished tasks.
  std::size_t busy() const { return tasks_.size() + working_; }

 private:
  static constexpr int kStackBytes = 256 * 1024;

  void work() {
    while (true) {
      while (tasks_.empty()) sc_core::wait(handed_in_);
      const std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      --idle_, ++working_;
      task();
      ++idle_, --working_;
    }
  }

  std::string name_;
  std::deque<std::function<void()>> tasks_;
  std::size_t idle_ = 0, working_ = 0;
  sc_core::sc_event handed_in_;
};

}  // namespace smmu_vp::tb
