// Text for people: times with suitable units, and colours if the terminal shows them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

// Three significant digits: "830 ps", "12.4 ns", "1.02 us".
std::string time_text(u64 ps);

class Paint {
 public:
  explicit Paint(bool colour = false) : colour_(colour) {}
  std::string bold(std::string_view text) const { return in("1", text); }
  std::string good(std::string_view text) const { return in("32", text); }
  std::string bad(std::string_view text) const { return in("1;31", text); }
  std::string faint(std::string_view text) const { return in("2", text); }

 private:
  std::string in(const char* code, std::string_view text) const;
  bool colour_;
};

// The number of columns of `text`: characters, not bytes.
std::size_t columns_of(std::string_view text);

// Fills lines of at most `width` columns with items, `gap` apart and unbroken. The first line already starts
// at column `indent`; the others are indented to it.
std::string filled(const std::vector<std::string>& items, std::string_view gap, std::size_t width,
                   std::size_t indent);
// Wraps the words of `text` likewise; a word longer than a line is broken.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace smmu_vp::tb
