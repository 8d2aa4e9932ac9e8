// Turns SIGINT, SIGTERM and SIGHUP into a flag, so that a run ends in order with usable outputs. A
// second signal ends the run at once, in case simulated time no longer advances. SIGHUP stays
// ignored if it already was (nohup).
#pragma once

#include <array>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string>

namespace smmu_vp::tb {

class Interruption {
 public:
  Interruption() {
    struct sigaction flag {};
    flag.sa_handler = [](int number) { signal_ = number; };
    flag.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: waiting for input must end
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], nullptr, &before_[i]);
      if (kSignals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN) continue;
      sigaction(kSignals[i], &flag, nullptr);
    }
  }
  ~Interruption() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // The signal received, 0 if none.
  int signal() const { return signal_; }
  // "SIGINT", of a signal that was received.
  static std::string signal_name() { return std::string("SIG") + sigabbrev_np(signal_); }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
  static inline volatile std::sig_atomic_t signal_ = 0;
  struct sigaction before_[kSignals.size()]{};
};

}  // namespace smmu_vp::tb
