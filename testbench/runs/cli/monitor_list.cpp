// Everything here is what each monitor's own file says of it.
#include "testbench/runs/cli/monitor_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/observe/monitors/monitor.h"
#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

namespace {

// "4.7.3" is a section of the manual, "docs/x.md" a page in this folder.
std::string see(std::string_view section) {
  constexpr std::string_view kDocs = "docs/";
  if (!section.starts_with(kDocs)) return std::string(section);
  const std::size_t end = std::min(section.find(';'), section.size());
  const std::string_view page = section.substr(kDocs.size(), end - kDocs.size());
  return fmt::format("[{}]({}){}", page, page, section.substr(end));
}

// Names of facts, which have a full stop, in backticks: they may hold an asterisk.
std::string code(std::string_view facts) {
  std::string out;
  while (!facts.empty()) {
    const std::size_t end = std::min(facts.find(' '), facts.size());
    const std::string_view word = facts.substr(0, end);
    facts.remove_prefix(std::min(end + 1, facts.size()));
    const std::size_t name = std::min(word.find_first_of(",;"), word.size());
    if (!out.empty()) out += ' ';
    out += word.find('.') == std::string_view::npos
               ? std::string(word)
               : fmt::format("`{}`{}", word.substr(0, name), word.substr(name));
  }
  return out;
}

}  // namespace

std::vector<Listed> monitors_listed() {
  std::vector<Listed> all;
  for (const MonitorInfo& m : monitor_list()) {
    all.push_back({std::string(m.name),
                   std::string(m.description),
                   {{"rule", std::string(m.rule)},
                    {"see", std::string(m.section)},
                    {"facts", std::string(m.facts)},
                    {"finds", std::string(m.finds)}}});
  }
  return all;
}

std::string monitors_markdown() {
  constexpr std::size_t kWidth = 110;
  std::string table, rules;
  for (const MonitorInfo& m : monitor_list()) {
    table += fmt::format("| [{}](#{}) | {} |\n", m.name, m.name, m.description);
    rules += fmt::format("\n## {}\n\n{}\n\n- Facts: {}\n- Typical culprits: {}\n- See: {}\n", m.name,
                         wrapped(std::string(m.rule), kWidth, 0), code(m.facts), m.finds, see(m.section));
  }
  return R"(# Monitors

Made by `smmu-vp list monitors --markdown`; `--json` prints the same as data. A test compares this page
with what the program prints. What monitors are, from when on a rule binds, what their verdicts mean and
how to add one is in [judging.md](judging.md); what is legal all the same is told at the head of each
monitor's file in `testbench/observe/monitors`. Which monitor catches which planted bug, those that live
on memory and those that live on the bundled driver's facts: [the table that a run made](gauntlet.md#bug-and-monitor).

)"
         "| monitor | judges that |\n|---|---|\n" +
         table + rules;
}

}  // namespace smmu_vp::tb
