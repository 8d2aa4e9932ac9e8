// Columns are as wide as their contents.
#include "testbench/observe/report/table.h"

#include <algorithm>

#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

namespace {

constexpr std::size_t kIndent = 2, kGap = 2;

class Layout {
 public:
  Layout(const Table& table, std::size_t width) : table_(table), width_(width) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      std::size_t widest = columns_of(table.columns[c].name);
      for (const auto& row : table.rows) widest = std::max(widest, columns_of(row[c]));
      widths_.push_back(widest);
    }
  }

  std::string text() const {
    std::string out = wrapped(table_.title, width_, 0) + '\n';
    for (std::size_t first = 1; first < widths_.size() || first == 1;) {
      std::size_t used = kIndent + widths_[0], last = first;
      while (last < widths_.size() && (last == first || used + kGap + widths_[last] <= width_))
        used += kGap + widths_[last++];
      part(first, last, out);
      first = std::max(last, first + 1);
    }
    return out;
  }

 private:
  void part(std::size_t first, std::size_t last, std::string& out) const {
    const bool head = std::any_of(table_.columns.begin(), table_.columns.end(),
                                  [](const Table::Column& c) { return !c.name.empty(); });
    const auto line = [&](const auto& cell_of) {
      std::string text(kIndent, ' ');
      text += cell(0, cell_of(0));
      for (std::size_t c = first; c < last; ++c) text += std::string(kGap, ' ') + cell(c, cell_of(c));
      text.erase(text.find_last_not_of(' ') + 1);
      out += text + '\n';
    };
    if (head) line([&](std::size_t c) { return table_.columns[c].name; });
    for (const auto& row : table_.rows) line([&](std::size_t c) { return row[c]; });
  }

  std::string cell(std::size_t column, const std::string& text) const {
    const std::string space(widths_[column] - columns_of(text), ' ');
    return table_.columns[column].align == Table::Align::kLeft ? text + space : space + text;
  }

  const Table& table_;
  std::size_t width_;
  std::vector<std::size_t> widths_;
};

}  // namespace

std::string laid_out(const Table& table, std::size_t width) {
  return Layout(table, width).text();
}

}  // namespace smmu_vp::tb
