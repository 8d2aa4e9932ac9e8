// Limits the rate of log messages: prints a burst in each interval of simulated time and counts the rest.
#pragma once

#include "sw_driver/poll.h"
#include "sw_driver/text.h"

namespace smmu_vp::sw {

class RateLimit {
 public:
  explicit RateLimit(Os& os) : os_(os) {}

  void printk(LogLevel level, std::string line) {
    const u64 now = os_.now_ps();
    if (now - interval_begin_ >= kInterval) {
      if (suppressed_ != 0) os_.printk(level, text(std::to_string(suppressed_), " reports suppressed"));
      interval_begin_ = now;
      printed_ = suppressed_ = 0;
    }
    if (printed_ == kBurst) {
      ++suppressed_;
      return;
    }
    ++printed_;
    os_.printk(level, std::move(line));
  }

 private:
  static constexpr u64 kInterval = 5 * kSecond;
  static constexpr unsigned kBurst = 10;

  Os& os_;
  u64 interval_begin_ = 0;
  unsigned printed_ = 0, suppressed_ = 0;
};

}  // namespace smmu_vp::sw
