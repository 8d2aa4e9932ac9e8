// The plots of a sweep: means over seeds with their spread, series by series, and the law of the sweep file.
#pragma once

#include <optional>
#include <vector>

#include "testbench/runs/sweep/measures.h"
#include "testbench/runs/sweep/points.h"

namespace smmu_vp::tb {

struct PlottedPoint {
  std::string label;        // of x
  std::optional<double> x;  // if it is a number
  double mean = 0, low = 0, high = 0;
  std::size_t seeds = 0;
  std::optional<double> law;
};
struct PlottedSeries {
  std::string name;  // the values of the other axes
  std::vector<PlottedPoint> points;
  std::vector<std::pair<double, double>> law;  // closely spaced; empty where x is no number
};
struct Plot {
  std::string title, x, y, x_unit, y_unit, law;
  bool log_x = false, log_y = false;
  std::vector<PlottedSeries> series;
  std::optional<double> within_percent, worst_percent;  // distance from the law: permitted, and found

  bool holds() const { return !within_percent || (worst_percent && *worst_percent <= *within_percent); }
};

struct MeasuredPoint {
  Point point;
  Measures measures;
};

// Throws ConfigError if no point has what the plot shows, or if the law uses a name without a value.
Plot plot_of(const SweepSpec& sweep, const PlotSpec& spec, const std::vector<MeasuredPoint>& points);

}  // namespace smmu_vp::tb
