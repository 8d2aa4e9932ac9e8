// Queries the terminal and the environment.
#include "testbench/observe/report/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kNarrowest = 80;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::size_t columns(int fd) {
  const std::string_view wished = environment("COLUMNS");
  std::size_t width = 0;
  std::from_chars(wished.data(), wished.data() + wished.size(), width);
  if (width != 0) return width;
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

Paper paper_of(int fd) {
  if (isatty(fd) == 0) return {};
  return {.width = std::max(columns(fd), kNarrowest),
          .colour = environment("NO_COLOR").empty() && environment("TERM") != "dumb"};
}

}  // namespace smmu_vp::tb
