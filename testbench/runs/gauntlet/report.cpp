// One row a trial, in the order of the tables of bugs; the correct driver last.
#include "testbench/runs/gauntlet/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "testbench/observe/report/table.h"
#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::ordered_json;

std::string place(const Trial& trial) {
  std::string text(trial.where().scenario);
  for (const std::string_view setting : trial.where().settings)
    if (!setting.empty()) text += fmt::format(" {}", setting);
  return text;
}

std::string monitors(const Trial& trial, Witness witness) {
  return trial.from(witness).monitors.empty()
             ? "-"
             : fmt::format("{}", fmt::join(trial.from(witness).monitors, ", "));
}

// Where memory shows it as soon as anything does, memory has the word.
const Sighting* sighting(const Trial& trial) {
  const Testimony &machine = trial.from(Witness::kMachine), &kernel = trial.from(Witness::kKernel);
  if (machine.first && (!kernel.first || machine.runs <= kernel.runs)) return &*machine.first;
  return kernel.first ? &*kernel.first : nullptr;
}

std::string time(const Trial& trial) {
  const Sighting* const seen = sighting(trial);
  return seen == nullptr ? "-" : time_text(seen->t_ps);
}

std::string why(const Trial& trial) {
  if (const Sighting* const seen = sighting(trial)) return seen->what;
  if (!trial.complaint().empty()) return trial.complaint();
  return "not caught";
}

// Of the correct driver: how often it was silent, and a line for each place in which it was not.
std::string correct_driver(const std::vector<Trial>& trials) {
  std::size_t silent = 0;
  std::string loud;
  for (const Trial& t : trials) {
    if (!t.correct()) continue;
    if (t.passed())
      ++silent;
    else
      loud += fmt::format("The correct driver in {}: {}\n", place(t), why(t));
  }
  return loud + (silent == 0 ? "" : fmt::format("The correct driver is silent in {} places.\n", silent));
}

// The one whose word comes first, and how many more there are.
std::string in_short(const Testimony& of) {
  if (!of.first) return "-";
  const std::size_t more = of.monitors.size() - 1;
  return more == 0 ? of.first->monitor : fmt::format("{} +{}", of.first->monitor, more);
}

std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 1) + "…";
}

ordered_json testimony(const Testimony& of) {
  ordered_json out = {{"monitors", of.monitors}};
  if (of.first) {
    out["runs"] = of.runs;
    out["t_ps"] = of.first->t_ps;
    out["monitor"] = of.first->monitor;
    out["what"] = of.first->what;
  }
  return out;
}

// Every monitor that caught something, those that need memory alone first.
std::vector<std::pair<std::string, Witness>> columns(const std::vector<Trial>& trials) {
  std::vector<std::pair<std::string, Witness>> all;
  for (const MonitorInfo& m : monitor_list()) {
    const bool caught = std::ranges::any_of(
        trials, [&](const Trial& t) { return t.from(m.witness).monitors.contains(std::string(m.name)); });
    if (caught) all.emplace_back(m.name, m.witness);
  }
  std::ranges::stable_sort(all, {}, [](const auto& column) { return column.second != Witness::kMachine; });
  return all;
}

}  // namespace

std::string rows_text(const std::vector<Trial>& trials, std::size_t width) {
  constexpr std::size_t kLeastWhy = 24, kGaps = 12;
  Table table{.title = "Planted bugs, and what caught them",
              .columns = {{"bug", Table::Align::kLeft},
                          {"from memory", Table::Align::kLeft},
                          {"from facts", Table::Align::kLeft},
                          {"runs"},
                          {"at"},
                          {"why", Table::Align::kLeft}},
              .rows = {}};
  for (const Trial& t : trials) {
    if (t.correct()) continue;
    table.rows.push_back({std::string(t.bug()->name), in_short(t.from(Witness::kMachine)),
                          in_short(t.from(Witness::kKernel)), std::to_string(t.runs()), time(t), why(t)});
  }
  std::size_t used = kGaps;
  for (std::size_t column = 0; column + 1 < table.columns.size(); ++column) {
    std::size_t widest = table.columns[column].name.size();
    for (const auto& row : table.rows) widest = std::max(widest, row[column].size());
    used += widest;
  }
  for (auto& row : table.rows)
    row.back() = cut(row.back(), std::max(kLeastWhy, width - std::min(width, used)));
  const auto failed = std::ranges::count_if(trials, [](const Trial& t) { return !t.passed(); });
  return laid_out(table, width) + (failed == 0
                                       ? fmt::format("OK: {} rows\n", trials.size())
                                       : fmt::format("FAILED: {} of {} rows\n", failed, trials.size()));
}

std::string rows_markdown(const std::vector<Trial>& trials) {
  std::string out =
      "# Gauntlet\n\n"
      "Made by `smmu-vp run gauntlet --markdown`: every planted bug (`smmu-vp list bugs`) in the scenario in "
      "which it\n"
      "does harm, with seed after seed until the monitors of both kinds have caught it. *From memory*: "
      "monitors that\n"
      "know only memory, registers, queues and traffic, of any driver. *From facts*: those that live on what "
      "the\n"
      "bundled driver announces. *Runs*: how many it took.\n\n"
      "| bug | from memory | from facts | runs | at | first violation |\n|---|---|---|---|---|---|\n";
  for (const Trial& t : trials) {
    if (t.correct()) continue;
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", t.bug()->name, monitors(t, Witness::kMachine),
                       monitors(t, Witness::kKernel), t.runs(), time(t), why(t));
  }
  out += "\n" + correct_driver(trials);
  out += "\n## Bug and monitor\n\n| bug |";
  const auto names = columns(trials);
  for (const auto& [monitor, witness] : names)
    out += fmt::format(" {}{} |", monitor, witness == Witness::kMachine ? "" : " (facts)");
  out += "\n|---|";
  for (std::size_t i = 0; i < names.size(); ++i) out += "---|";
  for (const Trial& t : trials) {
    if (t.correct()) continue;
    out += fmt::format("\n| {} |", t.bug()->name);
    for (const auto& [monitor, witness] : names)
      out += t.from(witness).monitors.contains(monitor) ? " x |" : " |";
  }
  return out + "\n";
}

ordered_json rows_json(const std::vector<Trial>& trials) {
  ordered_json rows = ordered_json::array();
  for (const Trial& t : trials) {
    ordered_json settings = ordered_json::array();
    for (const std::string_view setting : t.where().settings)
      if (!setting.empty()) settings.push_back(setting);
    ordered_json row;
    row["bug"] = t.correct() ? ordered_json() : ordered_json(t.bug()->name);
    if (!t.correct()) row["key"] = t.bug()->key;
    row["scenario"] = t.where().scenario;
    row["settings"] = std::move(settings);
    row["passed"] = t.passed();
    row["runs"] = t.runs();
    for (const Witness witness : {Witness::kMachine, Witness::kKernel})
      row[std::string(name_of(witness))] = testimony(t.from(witness));
    if (!t.complaint().empty()) row["complaint"] = t.complaint();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace smmu_vp::tb
