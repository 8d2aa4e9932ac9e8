// The terminal or file that text is printed to: its width, and whether it shows colours.
#pragma once

#include <cstddef>

namespace smmu_vp::tb {

struct Paper {
  std::size_t width = 110;  // of anything but a terminal, so that files are the same everywhere
  bool colour = false;
};

// For a terminal: the width is COLUMNS or what the terminal reports, at least 80; colours unless NO_COLOR or
// TERM=dumb forbids them.
Paper paper_of(int file_descriptor);

}  // namespace smmu_vp::tb
