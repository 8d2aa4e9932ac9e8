// sweep.json is what `smmu-vp compare` reads.
#include "testbench/runs/sweep/sweep_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "testbench/machine/config/config_error.h"
#include "testbench/observe/report/csv.h"
#include "testbench/observe/report/page.h"
#include "testbench/observe/report/table.h"
#include "testbench/observe/report/text.h"
#include "testbench/observe/report/version.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::json;
constexpr int kSchema = 1;
constexpr const char* kComplete = "complete";

const char* name_of(PointState state) {
  switch (state) {
    case PointState::kWaiting:
      return "not run";
    case PointState::kFailed:
      return "failed";
    case PointState::kDone:
      break;
  }
  return "done";
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

std::string number_text(double value) {
  return fmt::format("{}", value);
}

json table_json(const RecordedTable& t) {
  json columns = json::array();
  for (const auto& c : t.columns) columns.push_back({{"name", c.name}, {"unit", c.unit}});
  return {{"name", t.name}, {"title", t.title}, {"columns", std::move(columns)}, {"rows", t.rows}};
}

json plot_json(const Plot& plot) {
  json series = json::array();
  for (const PlottedSeries& s : plot.series) {
    json points = json::array();
    for (const PlottedPoint& p : s.points) {
      json one = {{"label", p.label}, {"mean", p.mean}, {"low", p.low}, {"high", p.high}, {"seeds", p.seeds}};
      if (p.x) one["x"] = *p.x;
      if (p.law) one["law"] = *p.law;
      if (p.published) one["published"] = *p.published;
      points.push_back(std::move(one));
    }
    series.push_back({{"name", s.name}, {"points", std::move(points)}, {"law", s.law}});
  }
  json out = {
      {"title", plot.title},   {"x", plot.x},         {"y", plot.y},         {"x_unit", plot.x_unit},
      {"y_unit", plot.y_unit}, {"log_x", plot.log_x}, {"log_y", plot.log_y}, {"series", std::move(series)}};
  if (!plot.law.empty()) out["law"] = plot.law;
  const auto distance = [&out](const std::string& prefix, const Distance& d) {
    if (d.permitted_percent) out[prefix + "within_percent"] = *d.permitted_percent;
    if (d.worst_percent) out[prefix + "worst_percent"] = *d.worst_percent;
  };
  distance("", plot.from_law);
  distance("published_", plot.from_published);
  if (!plot.published_by.empty()) out["published_by"] = plot.published_by;
  out["holds"] = plot.holds();
  return out;
}

}  // namespace

SweepResults::SweepResults(const SweepSpec& sweep, const std::vector<SweepPoint>& points, bool interrupted)
    : sweep_(sweep), points_(points), interrupted_(interrupted) {
  std::vector<MeasuredPoint> measured;
  for (const SweepPoint& p : points)
    if (p.measures) measured.push_back({p.point, *p.measures});
  for (const PlotSpec& plot : sweep.plots) {
    try {
      plots_.push_back(plot_of(sweep, plot, measured));
    } catch (const ConfigError& e) {
      unplotted_.emplace_back(e.what());
    }
  }
}

bool SweepResults::clean() const {
  return !interrupted_ && unplotted_.empty() && std::ranges::all_of(plots_, &Plot::holds) &&
         std::ranges::all_of(points_,
                             [](const SweepPoint& p) { return p.measures && p.measures->status == "ok"; });
}

std::vector<std::string> SweepResults::labels(const Point& point) const {
  std::vector<std::string> all;
  for (std::size_t a = 0; a < sweep_.axes.size(); ++a)
    all.push_back(sweep_.axes[a].values[point.at[a]].label);
  return all;
}

json SweepResults::json() const {
  nlohmann::json axes = nlohmann::json::array(), points = nlohmann::json::array(),
                 plots = nlohmann::json::array();
  for (const Axis& axis : sweep_.axes) {
    nlohmann::json values = nlohmann::json::array();
    for (const AxisValue& v : axis.values)
      values.push_back(v.number ? nlohmann::json(*v.number) : nlohmann::json(v.label));
    axes.push_back({{"name", axis.name}, {"unit", axis.unit}, {"values", std::move(values)}});
  }
  for (const SweepPoint& p : points_) {
    nlohmann::json at = nlohmann::json::object();
    for (std::size_t a = 0; a < sweep_.axes.size(); ++a)
      at[sweep_.axes[a].name] = sweep_.axes[a].values[p.point.at[a]].label;
    nlohmann::json one = {{"at", std::move(at)},
                          {"seed", p.point.seed},
                          {"folder", p.point.folder},
                          {"state", name_of(p.state)},
                          {"arguments", p.point.arguments}};
    if (p.measures) {
      one["status"] = p.measures->status;
      one["numbers"] = p.measures->numbers;
      one["config"] = p.measures->config;
      one["tables"] = nlohmann::json::array();
      for (const RecordedTable& t : p.measures->tables) one["tables"].push_back(table_json(t));
    }
    points.push_back(std::move(one));
  }
  for (const Plot& plot : plots_) plots.push_back(plot_json(plot));
  const bool complete = !interrupted_ && std::ranges::all_of(points_, [](const SweepPoint& p) {
    return p.state != PointState::kWaiting;
  });
  std::map<std::string, std::string> units;
  bool uncalibrated = false;
  for (const SweepPoint& p : points_) {
    if (!p.measures) continue;
    units.insert(p.measures->units.begin(), p.measures->units.end());
    uncalibrated = uncalibrated || p.measures->uncalibrated;
  }
  return {{"schema", kSchema},
          {"version", kVersion},
          {"title", sweep_.title},
          {"file", sweep_.file},
          {"scenario", sweep_.scenario},
          {"state", complete ? kComplete : "interrupted"},
          {"axes", std::move(axes)},
          {"seeds", sweep_.seeds},
          {"points", std::move(points)},
          {"plots", std::move(plots)},
          {"units", units},
          {"uncalibrated", uncalibrated}};
}

std::string SweepResults::points_csv() const {
  std::set<std::string> numbers, keys;
  for (const SweepPoint& p : points_) {
    if (!p.measures) continue;
    for (const auto& [name, value] : p.measures->numbers) numbers.insert(name);
    for (const auto& [name, value] : p.measures->config) keys.insert(name);
  }
  std::vector<std::string> head;
  for (const Axis& axis : sweep_.axes) head.push_back(axis.name);
  head.insert(head.end(), {"seed", "state", "status", "folder"});
  head.insert(head.end(), numbers.begin(), numbers.end());
  for (const std::string& key : keys) head.push_back("config." + key);
  std::string out = csv_row(head);
  for (const SweepPoint& p : points_) {
    std::vector<std::string> row = labels(p.point);
    row.insert(row.end(), {std::to_string(p.point.seed), name_of(p.state),
                           p.measures ? p.measures->status : "", p.point.folder});
    for (const std::string& name : numbers) {
      const auto has = p.measures && p.measures->numbers.contains(name);
      row.push_back(has ? number_text(p.measures->numbers.at(name)) : "");
    }
    for (const std::string& key : keys) {
      const auto has = p.measures && p.measures->config.contains(key);
      row.push_back(has ? text_of(p.measures->config.at(key)) : "");
    }
    out += csv_row(row);
  }
  return out;
}

// The rows of one table at all points, after what the point is.
std::vector<SweepFile> SweepResults::table_csvs() const {
  std::map<std::string, std::string> by_name;
  for (const SweepPoint& p : points_) {
    if (!p.measures) continue;
    for (const RecordedTable& t : p.measures->tables) {
      std::string& text = by_name[t.name];
      if (text.empty()) {
        std::vector<std::string> head;
        for (const Axis& axis : sweep_.axes) head.push_back(axis.name);
        head.insert(head.end(), {"seed", "title"});
        for (const auto& c : t.columns)
          head.push_back(c.unit.empty() ? c.name : fmt::format("{} [{}]", c.name, c.unit));
        text = csv_row(head);
      }
      for (const auto& cells : t.rows) {
        std::vector<std::string> row = labels(p.point);
        row.reserve(row.size() + 2 + cells.size());
        row.insert(row.end(), {std::to_string(p.point.seed), t.title});
        for (const nlohmann::json& cell : cells) row.push_back(text_of(cell));
        text += csv_row(row);
      }
    }
  }
  std::vector<SweepFile> files;
  files.reserve(by_name.size());
  for (auto& [name, text] : by_name) files.push_back({"table_" + name + ".csv", std::move(text)});
  return files;
}

nlohmann::json SweepResults::page_content() const {
  nlohmann::json all = json();
  // The page shows the keys that all points share, and no measure that no plot shows.
  std::map<std::string, nlohmann::json> common;
  bool first = true;
  for (nlohmann::json& p : all["points"]) {
    if (!p.contains("config")) continue;
    std::map<std::string, nlohmann::json> config = p["config"];
    if (first)
      common = config;
    else
      std::erase_if(common, [&](const auto& entry) {
        return !config.contains(entry.first) || config[entry.first] != entry.second;
      });
    first = false;
    for (const char* member : {"config", "numbers", "arguments", "tables"}) p.erase(member);
  }
  all["common"] = common;
  all["unplotted"] = unplotted_;
  return {{"sweep", std::move(all)}};
}

std::vector<SweepFile> SweepResults::files() const {
  std::vector<SweepFile> all = table_csvs();
  all.push_back({"sweep.csv", points_csv()});
  all.push_back({"report.html", page(PageKind::kSweep, page_content())});
  all.push_back({"sweep.json", json().dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"});
  return all;
}

// What the plots show, as a table, if they all have the same x and one series: the cases of a study.
std::string SweepResults::plotted(std::size_t width) const {
  constexpr std::size_t kMostRows = 24;
  const auto fits = [this](const Plot& p) {
    return p.x == plots_.front().x && p.series.size() == 1 &&
           p.series[0].points.size() == plots_.front().series.front().points.size();
  };
  if (plots_.empty() || plots_.front().series.front().points.size() > kMostRows ||
      !std::ranges::all_of(plots_, fits))
    return "";
  Table table{.title = "", .columns = {{plots_.front().x, Table::Align::kLeft}}, .rows = {}};
  for (const PlottedPoint& p : plots_.front().series[0].points) table.rows.push_back({p.label});
  for (const Plot& plot : plots_) {
    table.columns.push_back({plot.title});
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const double mean = plot.series[0].points[i].mean;
      table.rows[i].push_back(plot.y_unit == "ps" ? time_text(static_cast<u64>(mean))
                                                  : fmt::format("{:.6g} {}", mean, plot.y_unit));
    }
  }
  return laid_out(table, width);
}

std::string SweepResults::account(const std::string& out, const Paper& paper) const {
  const Paint paint(paper.colour);
  std::map<PointState, std::size_t> states;
  std::size_t violations = 0;
  for (const SweepPoint& p : points_) {
    ++states[p.state];
    violations += p.measures && p.measures->status != "ok";
  }
  std::string text =
      fmt::format("{}: {} of {} points", sweep_.title, states[PointState::kDone], points_.size());
  if (states[PointState::kFailed] != 0) text += fmt::format(", {} failed", states[PointState::kFailed]);
  if (violations != 0) text += fmt::format(", {} with violations", violations);
  text = wrapped(text, paper.width, 0) + '\n';
  text += plotted(paper.width);
  for (const Plot& plot : plots_) {
    const auto distance = [&](const Distance& d, const std::string& from) {
      if (!d.worst_percent) return;
      std::string line = fmt::format("  {}: at most {:.3g} % from {}", plot.title, *d.worst_percent, from);
      if (d.permitted_percent) line += fmt::format("; permitted {:.3g} %", *d.permitted_percent);
      line = wrapped(line, paper.width, 4);
      text += (d.holds() ? line : paint.bad(line)) + '\n';
    };
    distance(plot.from_law, "the law " + plot.law);
    distance(plot.from_published, "what was published: " + plot.published_by);
  }
  for (const std::string& why : unplotted_) text += paint.bad("  " + wrapped(why, paper.width, 4)) + '\n';
  text += fmt::format("{}/report.html, sweep.json, sweep.csv\n", out);
  return text + (clean() ? paint.good("OK") : paint.bad("NOT OK")) + '\n';
}

bool is_complete(const std::string& folder) {
  const std::string path = folder + "/sweep.json";
  if (!std::filesystem::exists(path)) return false;
  try {
    return read_json(path).value("state", "") == kComplete;
  } catch (const ConfigError&) {
    return false;
  }
}

}  // namespace smmu_vp::tb
