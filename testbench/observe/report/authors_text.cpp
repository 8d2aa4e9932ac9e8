// Words for authors.
#include "testbench/observe/report/authors_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

std::vector<std::string> author_lines(const Authors& authors, const Subject& subject, u64 t_ps) {
  if (!subject.descriptor) return {};
  const auto store = authors.last_store(*subject.descriptor, t_ps);
  if (!store) return {};
  std::vector<std::string> lines = {
      fmt::format("descriptor stored at {} by CPU {}: {}", time_text(store->t_ps), store->cpu, store->code)};
  const auto issued = authors.issued(store->cpu, store->t_ps, t_ps);
  if (issued.empty()) lines.push_back(fmt::format("CPU {} has issued no command since", store->cpu));
  for (const Authors::Issued& i : issued)
    lines.push_back(fmt::format("it has issued {} since: {}", to_string(i.opcode), i.code));
  return lines;
}

Table commands_table(const Authors& authors) {
  Table table{.title = "Commands by the functions that issued them",
              .columns = {{"count"}, {"command", Table::Align::kLeft}, {"functions", Table::Align::kLeft}},
              .rows = {}};
  std::vector<std::pair<u64, Authors::Issued>> all;
  for (const auto& [issued, count] : authors.commands()) all.emplace_back(count, issued);
  std::ranges::stable_sort(all, std::greater(), [](const auto& row) { return row.first; });
  for (const auto& [count, issued] : all)
    table.rows.push_back(
        {std::to_string(count), std::string(to_string(issued.opcode)), std::string(issued.code)});
  return table;
}

}  // namespace smmu_vp::tb
