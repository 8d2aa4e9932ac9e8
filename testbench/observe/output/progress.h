// A progress line for long work: how far it is and how long it will take. Shown on stderr only if that is a
// terminal that can clear it, only after two seconds, and cleared when the work ends.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace smmu_vp::tb {

class Progress {
 public:
  explicit Progress(bool wanted = true);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Whether the line should be updated now. Cheap to call.
  bool due();
  // `share` of the work done, 0 to 1, if known; it gives the time left.
  void show(const std::string& what, std::optional<double> share);
  // Both, for work that is counted.
  void at(const std::string& what, double done, double total) {
    if (due()) show(what, total > 0 ? std::optional(done / total) : std::nullopt);
  }
  void clear();
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  bool on_, shown_ = false;
  Clock::time_point began_ = Clock::now(), next_ = began_ + std::chrono::seconds(2);
};

}  // namespace smmu_vp::tb
