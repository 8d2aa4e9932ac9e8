// Tables of measurements by scenarios, laid out for a given width.
#pragma once

#include <string>
#include <vector>

namespace smmu_vp::tb {

struct Table {
  enum class Align { kRight, kLeft };
  struct Column {
    std::string name;
    Align align = Align::kRight;
  };
  std::string title;
  std::vector<Column> columns;  // if none has a name there is no header
  std::vector<std::vector<std::string>> rows;
};

// Puts as many columns side by side as fit into `width`; the others follow below,
// again with the first column.
std::string laid_out(const Table& table, std::size_t width);

}  // namespace smmu_vp::tb
