// The largest differences come first.
#include "testbench/runs/compare/compare_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "testbench/machine/config/config_error.h"
#include "testbench/observe/output/run_folder.h"
#include "testbench/observe/report/page.h"
#include "testbench/observe/report/table.h"
#include "testbench/observe/report/terminal.h"
#include "testbench/observe/report/text.h"
#include "testbench/runs/compare/comparison.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

json spread_json(const std::optional<Spread>& s) {
  if (!s) return nullptr;
  return {{"mean", s->mean}, {"low", s->low}, {"high", s->high}, {"count", s->count}};
}

json side_json(const Side& side) {
  return {{"name", side.path}, {"title", side.title}, {"scenario", side.scenario}, {"runs", side.runs()}};
}

json comparison_json(const Comparison& c, const Side& a, const Side& b) {
  json keys = json::array(), points = json::array();
  for (const KeyDifference& k : c.keys) keys.push_back({{"key", k.key}, {"a", k.a}, {"b", k.b}});
  for (const ComparedPoint& p : c.points) {
    json rows = json::array();
    for (const Difference& d : p.differences)
      rows.push_back({{"measure", d.measure},
                      {"unit", d.unit},
                      {"a", spread_json(d.a)},
                      {"b", spread_json(d.b)},
                      {"percent", d.percent ? json(*d.percent) : json()},
                      {"beyond_spread", d.beyond_spread}});
    points.push_back({{"label", p.label}, {"compared", p.compared}, {"differences", std::move(rows)}});
  }
  return {{"schema", 1},
          {"a", side_json(a)},
          {"b", side_json(b)},
          {"keys", std::move(keys)},
          {"points", std::move(points)},
          {"only_a", c.only_a},
          {"only_b", c.only_b},
          {"uncalibrated", c.uncalibrated}};
}

std::string value_text(double value, const std::string& unit) {
  if (unit == "ps") return time_text(static_cast<u64>(std::llround(value)));
  return std::floor(value) == value && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value)
                                                              : fmt::format("{:.4g}", value);
}

std::string spread_text(const std::optional<Spread>& s, const std::string& unit) {
  if (!s) return "-";
  std::string text = value_text(s->mean, unit);
  if (s->count > 1 && s->high > s->low)
    text += fmt::format(" ({} to {})", value_text(s->low, unit), value_text(s->high, unit));
  return text;
}

// Of what is missing on one side before anything else.
double size_of(const Difference& d) {
  return d.percent ? std::abs(*d.percent) : HUGE_VAL;
}

std::string text_of(const Comparison& c, const CompareOptions& options, std::size_t width) {
  constexpr auto kLeft = Table::Align::kLeft;
  Table keys{.title = "Keys that differ", .columns = {{"key", kLeft}, {"A"}, {"B"}}, .rows = {}};
  for (const KeyDifference& k : c.keys) keys.rows.push_back({k.key, k.a.dump(), k.b.dump()});
  std::string out = c.keys.empty() ? "No key differs.\n" : laid_out(keys, width);
  for (const ComparedPoint& p : c.points) {
    Table table{.title = fmt::format("{}{} of {} measures differ", p.label.empty() ? "" : p.label + ": ",
                                     p.differences.size(), p.compared),
                .columns = {{"measure", kLeft}, {"A"}, {"B"}, {"difference"}},
                .rows = {}};
    std::size_t within = 0;
    for (const Difference& d : p.differences) {
      if (!d.beyond_spread && !options.all) {
        ++within;
        continue;
      }
      table.rows.push_back({d.measure, spread_text(d.a, d.unit), spread_text(d.b, d.unit),
                            d.percent ? fmt::format("{:+.3g} %", *d.percent) : "-"});
    }
    out += '\n' + laid_out(table, width);
    if (within != 0) out += fmt::format("  {} more are within the spread over seeds (--all)\n", within);
  }
  for (const std::string& label : c.only_a) out += fmt::format("only in A: {}\n", label);
  for (const std::string& label : c.only_b) out += fmt::format("only in B: {}\n", label);
  return out;
}

}  // namespace

int run_compare(const CompareOptions& options) {
  const Side a = read_side(options.a), b = read_side(options.b);
  Comparison c = compare(a, b);
  if (c.points.empty())
    throw ConfigError(fmt::format("{} and {} have no point in common", options.a, options.b));
  for (ComparedPoint& p : c.points) std::ranges::stable_sort(p.differences, std::greater{}, size_of);
  RunFolder folder(options.out);
  const json content = comparison_json(c, a, b);
  write_whole(folder.file("comparison.json"), content.dump(1) + "\n");
  write_whole(folder.file("report.html"), page(PageKind::kComparison, {{"comparison", content}}));
  std::fputs(text_of(c, options, paper_of(STDOUT_FILENO).width).c_str(), stdout);
  fmt::print("{}/report.html\n", options.out);
  return 0;
}

}  // namespace smmu_vp::tb
