// Decodes UTF-8 (RFC 3629): the shortest form only, no surrogates, nothing beyond U+10FFFF.
#include "testbench/api/capi/line_text.h"

#include <cstddef>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

namespace {

constexpr u32 kControlEnd = 0x20, kDelete = 0x7F, kC1End = 0xA0;

bool is_control(u32 c) {
  return c < kControlEnd || (c >= kDelete && c < kC1End);
}

// Takes one character off `text`; false if it does not begin with one.
bool take_character(std::string_view& text, u32& c) {
  const auto byte = [&text](std::size_t i) { return static_cast<u32>(static_cast<unsigned char>(text[i])); };
  const u32 first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC0 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF8 ? 4
                                            : 0;
  if (length == 0 || text.size() < length) return false;
  c = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return false;
    c = c << 6 | (byte(i) & 0x3F);
  }
  constexpr u32 kLeast[] = {0, 0, 0x80, 0x800, 0x1'0000};
  text.remove_prefix(length);
  return c >= kLeast[length] && c <= 0x10'FFFF && (c < 0xD800 || c > 0xDFFF);
}

}  // namespace

bool is_line(std::string_view text) {
  if (text.empty()) return false;
  while (!text.empty()) {
    u32 c = 0;
    if (!take_character(text, c) || is_control(c)) return false;
  }
  return true;
}

}  // namespace smmu_vp::tb
