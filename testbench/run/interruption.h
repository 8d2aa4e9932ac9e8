// SIGINT and SIGTERM as a flag, so that a run ends in order and its outputs are usable. A second one ends it
// at once, in case simulated time no longer moves.
#pragma once

#include <csignal>

namespace smmu_vp::tb {

class Interruption {
 public:
  Interruption() {
    for (const int s : {SIGINT, SIGTERM})
      std::signal(s, [](int number) {
        signal_ = number;
        std::signal(number, SIG_DFL);
      });
  }
  ~Interruption() {
    for (const int s : {SIGINT, SIGTERM}) std::signal(s, SIG_DFL);
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // 0 while there was none.
  int signal() const { return signal_; }

 private:
  static inline volatile std::sig_atomic_t signal_ = 0;
};

}  // namespace smmu_vp::tb
