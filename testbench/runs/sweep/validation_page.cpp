// A deviation beyond its limit is printed like every other, and marked.
#include "testbench/runs/sweep/validation_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace smmu_vp::tb {

namespace {

constexpr std::string_view kHead =
    "# Validation\n\n"
    "Made by `./vp sweep studies/*.toml --page docs/validation.md`; a test compares every study with this "
    "page.\n\n"
    "Every study is a sweep. Its law is a closed form, and the published figures are those of the source "
    "that is named. "
    "*Fitted* says which values of the configuration come from these figures, *predicted* what follows "
    "without "
    "them. A deviation beyond its limit is printed in bold. Where neither a published figure nor a profile "
    "stands "
    "behind a duration it is uncalibrated ([profiles.md](profiles.md)): its study shows how things depend on "
    "each "
    "other, not how long they take.\n\n";

// A number as the tables show it; picoseconds as nanoseconds.
std::string number(double value, const std::string& unit) {
  return fmt::format("{:.5g}", unit == "ps" ? value / 1000 : value);
}
std::string titled(const std::string& name, std::string_view unit) {
  const std::string_view shown = unit == "ps" ? "ns" : unit;
  return shown.empty() ? name : fmt::format("{} [{}]", name, shown);
}

std::string deviation(double measured, const std::optional<double>& expected, const Distance& distance) {
  if (!expected) return "";
  Distance one;
  one.see(measured, *expected);
  const double off = measured < *expected ? -*one.worst_percent : *one.worst_percent;
  const std::string text = fmt::format("{:+.1f} %", off);
  const bool beyond = distance.permitted_percent && *one.worst_percent > *distance.permitted_percent;
  return beyond ? "**" + text + "**" : text;
}

std::string worst(const Distance& distance) {
  if (!distance.worst_percent) return "";
  std::string text = fmt::format("{:.2g} %", *distance.worst_percent);
  if (!distance.permitted_percent) return text;
  text += fmt::format(" of {:.3g} %", *distance.permitted_percent);
  return distance.holds() ? text : "**" + text + "**";
}

std::string row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}
std::string rule(std::size_t columns) {
  std::string line = "|";
  for (std::size_t i = 0; i < columns; ++i) line += "---|";
  return line + "\n";
}

std::string table(const Plot& plot) {
  const bool several = plot.series.size() > 1, law = !plot.law.empty(),
             published = !plot.published_by.empty();
  std::vector<std::string> head;
  if (several) head.emplace_back("series");
  head.push_back(titled(plot.x, plot.x_unit));
  if (published) head.emplace_back("published");
  if (law) head.emplace_back("law");
  head.emplace_back(titled("measured", plot.y_unit));
  if (published) head.emplace_back("from published");
  if (law) head.emplace_back("from law");
  std::string text = row(head) + rule(head.size());
  for (const PlottedSeries& s : plot.series) {
    for (const PlottedPoint& p : s.points) {
      const auto shown = [&](const std::optional<double>& v) { return v ? number(*v, plot.y_unit) : ""; };
      std::vector<std::string> cells;
      if (several) cells.push_back(s.name);
      cells.push_back(p.x ? number(*p.x, plot.x_unit) : p.label);
      if (published) cells.push_back(shown(p.published));
      if (law) cells.push_back(shown(p.law));
      cells.push_back(number(p.mean, plot.y_unit));
      if (published) cells.push_back(deviation(p.mean, p.published, plot.from_published));
      if (law) cells.push_back(deviation(p.mean, p.law, plot.from_law));
      text += row(cells);
    }
  }
  return text;
}

std::string section_of(const SweepSpec& sweep, const std::string& study, const std::vector<Plot>& plots) {
  std::string text =
      fmt::format("## {}\n\n`studies/{}.toml`, scenario `{}`", sweep.title, study, sweep.scenario);
  if (sweep.config)
    text += fmt::format(", `profiles/{}`", std::filesystem::path(*sweep.config).filename().string());
  text += ".\n\n";
  if (!sweep.fitted.empty()) text += fmt::format("Fitted: {}\n\n", sweep.fitted);
  if (!sweep.predicted.empty()) text += fmt::format("Predicted: {}\n\n", sweep.predicted);
  for (const Plot& plot : plots) {
    text += fmt::format("**{}**\n\n", plot.title);
    if (!plot.published_by.empty()) text += fmt::format("Published: {}\n\n", plot.published_by);
    if (!plot.law.empty()) text += fmt::format("Law: `{}`\n\n", plot.law);
    text += table(plot) + "\n";
  }
  return text;
}

}  // namespace

Validation validation_of(const SweepSpec& sweep, std::vector<Plot> plots) {
  Validation made{.study = std::filesystem::path(sweep.file).stem().string(),
                  .title = sweep.title,
                  .plots = std::move(plots),
                  .section = {}};
  made.section = section_of(sweep, made.study, made.plots);
  return made;
}

std::string validation_page(const std::vector<Validation>& studies) {
  std::string text(kHead);
  text += row({"study", "plot", "worst from published", "worst from law"}) + rule(4);
  for (const Validation& v : studies) {
    for (const Plot& p : v.plots)
      text += row({fmt::format("`{}`", v.study), p.title, worst(p.from_published), worst(p.from_law)});
  }
  for (const Validation& v : studies) text += "\n" + v.section.substr(0, v.section.size() - 1);
  return text;
}

}  // namespace smmu_vp::tb
