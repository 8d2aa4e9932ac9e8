// Tables that scenarios measure: every column has a name, a unit and an explanation, every cell is a number or a text.
// The printed report, summary.json, CSV files, report.html and `smmu-vp explain` all take them from here.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "testbench/observe/report/table.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

enum class Unit : u8 { kNone, kBytes, kPicoseconds, kGbitPerSecond, kPerSecond };
// As in summary.json: "", "bytes", "ps", "Gbit/s", "1/s".
std::string_view name_of(Unit unit);
// Whether its values rest on the configured durations and rates.
constexpr bool is_timed(Unit unit) {
  return unit == Unit::kPicoseconds || unit == Unit::kGbitPerSecond || unit == Unit::kPerSecond;
}

struct TableKind {
  struct Column {
    std::string_view name;
    Unit unit = Unit::kNone;
    std::string_view help;
    std::string_view part_of = {};  // the column that this one and others add up to
  };
  std::string_view name;  // of a CSV file, and in the names of measures: table.NAME.COLUMN
  std::string_view help;
  std::vector<Column> columns;
};

struct MeasuredTable {
  using Cell = std::variant<std::string, u64, double>;

  const TableKind* kind;
  std::string title;
  std::vector<std::vector<Cell>> rows;

  bool timed() const;
};

// For people: durations in microseconds, sizes with a suitable unit. The title says so, and what is uncalibrated.
Table as_text(const MeasuredTable& table, bool uncalibrated);
// As comma-separated values, with a line of names and units; the tables have one kind, and each row begins with the
// title of its table.
std::string as_csv(const std::vector<const MeasuredTable*>& tables);

}  // namespace smmu_vp::tb
