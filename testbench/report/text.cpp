// Units, colours and line breaks.
#include "testbench/report/text.h"

#include <fmt/format.h>

namespace smmu_vp::tb {

std::string time_text(u64 ps) {
  constexpr const char* kUnits[] = {"ps", "ns", "us", "ms", "s"};
  auto value = static_cast<double>(ps);
  unsigned unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) value /= 1000, ++unit;
  const int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, decimals, kUnits[unit]);
}

std::string Paint::in(const char* code, std::string_view text) const {
  return colour_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

std::string filled(const std::vector<std::string>& items, std::string_view gap, std::size_t width,
                   std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  for (const std::string& item : items) {
    if (column > indent && column + gap.size() + item.size() > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += gap;
      column += gap.size();
    }
    out += item;
    column += item.size();
  }
  return out;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end != 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return filled(words, " ", width, indent);
}

}  // namespace smmu_vp::tb
