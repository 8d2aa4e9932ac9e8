// A cell as text: exact for scripts, readable for people.
#include "testbench/observe/report/measured_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/observe/report/csv.h"

namespace smmu_vp::tb {

namespace {

std::string size_text(u64 bytes) {
  if (bytes >= (1 << 20) && bytes % (1 << 20) == 0) return fmt::format("{} MB", bytes >> 20);
  if (bytes >= (1 << 10) && bytes % (1 << 10) == 0) return fmt::format("{} KB", bytes >> 10);
  return fmt::format("{} B", bytes);
}

struct ForPeople {
  Unit unit;
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(u64 number) const {
    if (unit == Unit::kPicoseconds) return fmt::format("{:.3f}", static_cast<double>(number) * 1e-6);
    return unit == Unit::kBytes ? size_text(number) : fmt::format("{}", number);
  }
  std::string operator()(double number) const {
    if (unit == Unit::kPicoseconds) return fmt::format("{:.3f}", number * 1e-6);
    return fmt::format("{:.4g}", number);
  }
};

struct Exact {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(u64 number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
};

}  // namespace

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::kNone:
      break;
    case Unit::kBytes:
      return "bytes";
    case Unit::kPicoseconds:
      return "ps";
    case Unit::kGbitPerSecond:
      return "Gbit/s";
    case Unit::kPerSecond:
      return "1/s";
  }
  return "";
}

bool MeasuredTable::timed() const {
  return std::ranges::any_of(kind->columns, [](const TableKind::Column& c) { return is_timed(c.unit); });
}

Table as_text(const MeasuredTable& table, bool uncalibrated) {
  Table out{.title = table.title, .columns = {}, .rows = {}};
  const bool durations = std::ranges::any_of(
      table.kind->columns, [](const TableKind::Column& c) { return c.unit == Unit::kPicoseconds; });
  if (durations)
    out.title += uncalibrated ? " (times in µs, uncalibrated)" : " (times in µs)";
  else if (uncalibrated && table.timed())
    out.title += " (uncalibrated)";
  for (std::size_t c = 0; c < table.kind->columns.size(); ++c) {
    const TableKind::Column& column = table.kind->columns[c];
    const bool shown_with_unit = column.unit == Unit::kGbitPerSecond || column.unit == Unit::kPerSecond;
    const bool text = std::ranges::any_of(
        table.rows, [c](const auto& row) { return std::holds_alternative<std::string>(row[c]); });
    out.columns.push_back(
        {shown_with_unit ? fmt::format("{} {}", column.name, name_of(column.unit)) : std::string(column.name),
         text ? Table::Align::kLeft : Table::Align::kRight});
  }
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (std::size_t c = 0; c < row.size(); ++c)
      cells.push_back(std::visit(ForPeople{table.kind->columns[c].unit}, row[c]));
    out.rows.push_back(std::move(cells));
  }
  return out;
}

std::string as_csv(const std::vector<const MeasuredTable*>& tables) {
  std::string out;
  for (const MeasuredTable* table : tables) {
    if (out.empty()) {
      std::vector<std::string> head = {"title"};
      for (const TableKind::Column& c : table->kind->columns)
        head.push_back(c.unit == Unit::kNone ? std::string(c.name)
                                             : fmt::format("{} [{}]", c.name, name_of(c.unit)));
      out = csv_row(head);
    }
    for (const auto& row : table->rows) {
      std::vector<std::string> cells = {table->title};
      for (const MeasuredTable::Cell& cell : row) cells.push_back(std::visit(Exact{}, cell));
      out += csv_row(cells);
    }
  }
  return out;
}

}  // namespace smmu_vp::tb
