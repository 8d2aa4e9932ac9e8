// Overwrites one line, and clears it at the end.
#include "testbench/observe/output/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace smmu_vp::tb {

namespace {

bool can_wipe_a_line() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && (kind == nullptr || std::string_view(kind) != "dumb");
}

}  // namespace

Progress::Progress(bool wanted) : on_(wanted && can_wipe_a_line()) {}

bool Progress::due() {
  if (!on_) return false;
  const Clock::time_point now = Clock::now();
  if (now < next_) return false;
  next_ = now + std::chrono::milliseconds(250);
  return true;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - began_).count();
}

void Progress::show(const std::string& what, std::optional<double> share) {
  std::string line = what;
  if (share) {
    const double part = std::clamp(*share, 0.0, 1.0);
    line += fmt::format(", {:.0f} %", 100 * part);
    if (part > 0) {
      const long left = std::lround(seconds() * (1 - part) / part);
      line += left < 90 ? fmt::format(", {} s left", left) : fmt::format(", {} min left", (left + 30) / 60);
    }
  }
  winsize window{};
  const std::size_t width =
      ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 ? window.ws_col : 80;
  line.resize(std::min(line.size(), width - 1));  // a line that wraps could not be overwritten
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace smmu_vp::tb
