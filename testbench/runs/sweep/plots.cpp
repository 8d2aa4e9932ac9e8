// A plot takes one value from each point, or one from each row of a table.
#include "testbench/runs/sweep/plots.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "testbench/machine/config/config_error.h"

namespace smmu_vp::tb {

namespace {

using nlohmann::json;

// "table.NAME.COLUMN" -> (NAME, COLUMN)
std::optional<std::pair<std::string, std::string>> column_of(const std::string& measure) {
  constexpr std::string_view kTable = "table.";
  const std::size_t dot = measure.find('.', kTable.size());
  if (!measure.starts_with(kTable) || dot == std::string::npos) return std::nullopt;
  return std::pair(measure.substr(kTable.size(), dot - kTable.size()), measure.substr(dot + 1));
}

// One x and y, with every number that a law may name.
struct Sample {
  json x, y;
  const MeasuredPoint* of;
  std::map<std::string, double> row;  // the columns of its row, if it is one of a table
};

std::optional<double> number(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

class Plotter {
 public:
  Plotter(const SweepSpec& sweep, const PlotSpec& spec) : sweep_(sweep), spec_(spec) {
    const auto axis = std::ranges::find(sweep.axes, spec.x, &Axis::name);
    if (axis != sweep.axes.end()) x_axis_ = static_cast<std::size_t>(axis - sweep.axes.begin());
  }

  Plot plot(const std::vector<MeasuredPoint>& points) {
    Plot out{.title = spec_.title,
             .x = spec_.x,
             .y = spec_.y,
             .x_unit = spec_.x_unit,
             .y_unit = spec_.y_unit,
             .law = spec_.law ? spec_.law->text() : "",
             .published_by = spec_.published_by,
             .log_x = spec_.log_x,
             .log_y = spec_.log_y,
             .series = {},
             .from_law = {.permitted_percent = spec_.within_percent, .worst_percent = {}},
             .from_published = {.permitted_percent = spec_.published_within_percent, .worst_percent = {}}};
    if (out.x_unit.empty() && x_axis_) out.x_unit = sweep_.axes[*x_axis_].unit;
    for (const MeasuredPoint& p : points) {
      if (out.x_unit.empty()) out.x_unit = unit(p.measures, spec_.x);
      if (out.y_unit.empty()) out.y_unit = unit(p.measures, spec_.y);
      for (Sample& sample : samples(p))
        groups_[series_name(p.point)][label(sample)].push_back(std::move(sample));
    }
    if (groups_.empty())
      throw ConfigError(
          fmt::format("{}: plot '{}': no point has {} and {}", sweep_.file, spec_.title, spec_.x, spec_.y));
    for (const auto& [name, group] : groups_) out.series.push_back(series(name, group));
    for (const PlottedSeries& s : out.series) {
      for (const PlottedPoint& p : s.points) {
        if (p.law) out.from_law.see(p.mean, *p.law);
        if (p.published) out.from_published.see(p.mean, *p.published);
      }
    }
    return out;
  }

 private:
  using Group =
      std::map<std::pair<double, std::string>, std::vector<Sample>>;  // by x: a number, or a text in order

  std::string unit(const Measures& m, const std::string& measure) const {
    if (const auto it = m.units.find(measure); it != m.units.end()) return it->second;
    if (const auto column = column_of(measure))
      for (const RecordedTable& t : m.tables)
        for (const auto& c : t.columns)
          if (t.name == column->first && c.name == column->second) return c.unit;
    return "";
  }

  // The value of a measure that is one for the whole run.
  json single(const MeasuredPoint& p, const std::string& name) const {
    const auto axis = std::ranges::find(sweep_.axes, name, &Axis::name);
    if (axis != sweep_.axes.end()) {
      const AxisValue& v = axis->values[p.point.at[static_cast<std::size_t>(axis - sweep_.axes.begin())]];
      return v.number ? json(*v.number) : json(v.label);
    }
    if (const auto it = p.measures.numbers.find(name); it != p.measures.numbers.end()) return it->second;
    if (const auto it = p.measures.config.find(name); it != p.measures.config.end()) return it->second;
    return {};
  }

  std::vector<Sample> samples(const MeasuredPoint& p) const {
    std::vector<Sample> all;
    if (json x = single(p, spec_.x), y = single(p, spec_.y); !x.is_null() && y.is_number()) {
      all.push_back({.x = std::move(x), .y = std::move(y), .of = &p, .row = {}});
      return all;
    }
    const auto column = column_of(spec_.y);
    if (!column) return all;
    for (const RecordedTable& t : p.measures.tables) {
      if (t.name != column->first) continue;
      for (const auto& row : t.rows) {
        Sample sample{.x = single(p, spec_.x), .y = {}, .of = &p, .row = {}};
        for (std::size_t c = 0; c < t.columns.size(); ++c) {
          const std::string name = fmt::format("table.{}.{}", t.name, t.columns[c].name);
          if (name == spec_.x) sample.x = row[c];
          if (name == spec_.y) sample.y = row[c];
          if (row[c].is_number()) sample.row[t.columns[c].name] = row[c].get<double>();
        }
        if (!sample.x.is_null() && sample.y.is_number()) all.push_back(std::move(sample));
      }
    }
    return all;
  }

  // The values of all axes that are not x.
  std::string series_name(const Point& point) const {
    std::vector<std::string> parts;
    for (std::size_t a = 0; a < sweep_.axes.size(); ++a)
      if (a != x_axis_ && sweep_.axes[a].values.size() > 1)
        parts.push_back(fmt::format("{} {}", sweep_.axes[a].name, sweep_.axes[a].values[point.at[a]].label));
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  // Texts keep the order of the axis.
  std::pair<double, std::string> label(const Sample& sample) const {
    if (sample.x.is_number()) return {sample.x.get<double>(), fmt::format("{}", sample.x.get<double>())};
    const double order = x_axis_ ? static_cast<double>(sample.of->point.at[*x_axis_]) : 0;
    return {order, sample.x.is_string() ? sample.x.get<std::string>() : sample.x.dump()};
  }

  PlottedSeries series(const std::string& name, const Group& group) const {
    PlottedSeries out{.name = name, .points = {}, .law = {}};
    for (const auto& [x, samples] : group) {
      PlottedPoint p{.label = x.second,
                     .x = number(samples.front().x),
                     .seeds = samples.size(),
                     .law = {},
                     .published = {}};
      p.low = p.high = samples.front().y.get<double>();
      for (const Sample& s : samples) {
        const double y = s.y.get<double>();
        p.mean += y / static_cast<double>(samples.size());
        p.low = std::min(p.low, y), p.high = std::max(p.high, y);
      }
      if (spec_.law) p.law = law(samples.front(), p.x);
      if (const auto figure = spec_.published.find(p.label); figure != spec_.published.end())
        p.published = figure->second;
      out.points.push_back(std::move(p));
    }
    if (spec_.law && out.points.size() > 1 && out.points.front().x && x_axis_) draw_law(group, out);
    return out;
  }

  // Every law is a curve; where x is a whole number the values between are not meant, but show its shape.
  void draw_law(const Group& group, PlottedSeries& out) const {
    constexpr int kSteps = 120;
    const double first = *out.points.front().x, last = *out.points.back().x;
    const bool by_factor = spec_.log_x && first > 0;
    for (int i = 0; i <= kSteps; ++i) {
      const double share = static_cast<double>(i) / kSteps;
      const double x = by_factor ? first * std::pow(last / first, share) : first + (last - first) * share;
      out.law.emplace_back(x, law(group.begin()->second.front(), x));
    }
  }

  double law(const Sample& sample, std::optional<double> x) const {
    const std::string key = x_axis_ ? key_of_x() : "";
    return spec_.law->value([&](std::string_view name) -> std::optional<double> {
      if (x && (name == spec_.x || name == key || name == "x")) return x;
      if (const auto it = sample.row.find(std::string(name)); it != sample.row.end()) return it->second;
      return number(single(*sample.of, std::string(name)));
    });
  }
  std::string key_of_x() const {
    const std::string& setting = sweep_.axes[*x_axis_].values.front().settings.front();
    return setting.substr(0, setting.find('='));
  }

  const SweepSpec& sweep_;
  const PlotSpec& spec_;
  std::optional<std::size_t> x_axis_;
  std::map<std::string, Group> groups_;
};

}  // namespace

void Distance::see(double measured, double expected) {
  const double off = 100 * std::abs(measured - expected) / std::max(std::abs(expected), 1e-300);
  worst_percent = std::max(worst_percent.value_or(0), off);
}

Plot plot_of(const SweepSpec& sweep, const PlotSpec& spec, const std::vector<MeasuredPoint>& points) {
  return Plotter(sweep, spec).plot(points);
}

}  // namespace smmu_vp::tb
