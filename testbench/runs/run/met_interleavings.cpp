// One row for each.
#include "testbench/runs/run/met_interleavings.h"

#include <algorithm>

namespace smmu_vp::tb {

const TableKind& interleavings_kind() {
  static const TableKind kind{
      .name = "interleavings",
      .help = "Interleavings of interest that the run met.",
      .columns = {{.name = "name", .help = "As in interleavings.def."},
                  {.name = "met", .help = "How often it was met."},
                  {.name = "promised", .help = "yes: the scenario provokes it in every run."}}};
  return kind;
}

void report_interleavings(const Interleavings& seen, const Scenario& scenario, const InterleavingsEnd& end,
                          RunRecord& record) {
  MeasuredTable table{.kind = &interleavings_kind(), .title = "Interleavings of interest", .rows = {}};
  for (std::size_t i = 0; i < std::size(kInterleavings); ++i) {
    const auto which = static_cast<Interleaving>(i);
    const bool promised = std::ranges::find(scenario.promises, which) != scenario.promises.end();
    const u64 count = seen.count(which);
    if (count == 0 && !promised) continue;
    table.rows.push_back({std::string(kInterleavings[i].name), count, std::string(promised ? "yes" : "no")});
    if (count == 0 && end.finished)
      record.not_judged.push_back({end.t_ps, {}, std::string(kInterleavings[i].what)});
  }
  if (!table.rows.empty()) record.tables.push_back(std::move(table));
}

}  // namespace smmu_vp::tb
