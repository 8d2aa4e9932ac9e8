// Words for authors.
#include "testbench/observe/report/authors_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>

#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

std::vector<std::string> author_lines(const Authors& authors, const Subject& subject, u64 t_ps) {
  if (!subject.descriptor) return {};
  const auto store = authors.last_store(*subject.descriptor, subject.changed_ps.value_or(t_ps));
  if (!store) return {};
  std::vector<std::string> lines = {
      fmt::format("descriptor stored at {} by CPU {}: {}", time_text(store->t_ps), store->cpu, store->code)};
  const auto issued = authors.issued(store->cpu, store->t_ps, t_ps);
  if (issued.empty()) lines.push_back(fmt::format("CPU {} has issued no command since", store->cpu));
  constexpr std::size_t kShown = 4;
  for (const Authors::Issued& i : std::span(issued).first(std::min(issued.size(), kShown)))
    lines.push_back(fmt::format("it has issued {} since: {}", to_string(i.opcode), i.code));
  return lines;
}

std::vector<std::pair<Authors::Issued, u64>> by_frequency(const Authors& authors) {
  std::vector<std::pair<Authors::Issued, u64>> all(authors.commands().begin(), authors.commands().end());
  std::ranges::stable_sort(all, std::greater(), &std::pair<Authors::Issued, u64>::second);
  return all;
}

}  // namespace smmu_vp::tb
