// Layout of a step: its number, subject, text, and the manual's section.
#include "testbench/observe/inspect/narration.h"

#include <fmt/format.h>

#include <algorithm>

namespace smmu_vp::tb {

void Narration::step(std::string_view what, std::string_view said, std::string_view section) {
  std::string line =
      fmt::format("{:<20} {}{}", what, said, section.empty() ? "" : fmt::format("  ({})", section));
  repeated_ = told_.contains(line);
  if (repeated_) return;
  text_ += fmt::format("  {:>2}  {}\n", ++steps_, line);
  telling_.push_back(std::move(line));
}

void Narration::continued(std::string_view said) {
  if (repeated_) return;
  constexpr std::size_t kColumn = 27, kWidth = 110 - kColumn;
  while (!said.empty()) {
    std::size_t end = said.size() <= kWidth ? said.size() : said.rfind(' ', kWidth);
    if (end == std::string_view::npos) end = said.size();
    text_ += fmt::format("{:{}}{}\n", "", kColumn, said.substr(0, end));
    said.remove_prefix(std::min(said.size(), end + 1));
  }
}

void Narration::next_question() {
  told_.insert(telling_.begin(), telling_.end());
  telling_.clear();
}

}  // namespace smmu_vp::tb
