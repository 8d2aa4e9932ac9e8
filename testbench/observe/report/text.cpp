// Units, colours and line breaks.
#include "testbench/observe/report/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace smmu_vp::tb {

namespace {

// In UTF-8 all bytes of a character except the first begin with the bits 10.
bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

// The number of bytes in the first `columns` characters.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  for (; bytes < text.size(); ++bytes)
    if (starts_character(text[bytes]) && columns-- == 0) break;
  return bytes;
}

}  // namespace

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

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string filled(const std::vector<std::string>& items, std::string_view gap, std::size_t width,
                   std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  for (const std::string& item : items) {
    if (column > indent && column + columns_of(gap) + columns_of(item) > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += gap;
      column += columns_of(gap);
    }
    out += item;
    column += columns_of(item);
  }
  return out;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    for (std::string_view word = text.substr(0, end); !word.empty();) {
      const std::size_t fits = bytes_of(word, std::max<std::size_t>(width - std::min(width, indent), 1));
      words.emplace_back(word.substr(0, fits));
      word.remove_prefix(fits);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return filled(words, " ", width, indent);
}

}  // namespace smmu_vp::tb
