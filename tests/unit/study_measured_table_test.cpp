// A measured table for people and as CSV.
#include <doctest/doctest.h>

#include "testbench/observe/report/measured_table.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

const TableKind kKind{.name = "cost",
                      .help = "",
                      .columns = {{.name = "what", .help = ""},
                                  {.name = "size", .unit = Unit::kBytes, .help = ""},
                                  {.name = "total", .unit = Unit::kPicoseconds, .help = ""},
                                  {.name = "rate", .unit = Unit::kGbitPerSecond, .help = ""}}};

MeasuredTable table() {
  return {.kind = &kKind,
          .title = "Cost",
          .rows = {{"a, \"b\"", u64{4096}, u64{1'234'567}, 1.5}, {"c", u64{3 << 20}, u64{5}, 0.25}}};
}

}  // namespace

TEST_CASE(
    "for people durations are in microseconds, sizes have a suitable unit, and what is uncalibrated says "
    "so") {
  const Table shown = as_text(table(), true);
  CHECK(shown.title == "Cost (times in µs, uncalibrated)");
  CHECK(as_text(table(), false).title == "Cost (times in µs)");
  CHECK(shown.columns[3].name == "rate Gbit/s");
  CHECK(shown.rows[0] == std::vector<std::string>{"a, \"b\"", "4 KB", "1.235", "1.5"});
  CHECK(shown.rows[1][1] == "3 MB");
}

TEST_CASE("CSV has the exact values, a unit with each name, and quotes where it needs them") {
  const MeasuredTable one = table(),
                      two{.kind = &kKind, .title = "More", .rows = {{"d", u64{1}, u64{2}, 3.0}}};
  CHECK(as_csv({&one, &two}) ==
        "title,what,size [bytes],total [ps],rate [Gbit/s]\n"
        "Cost,\"a, \"\"b\"\"\",4096,1234567,1.5\n"
        "Cost,c,3145728,5,0.25\n"
        "More,d,1,2,3\n");
}
