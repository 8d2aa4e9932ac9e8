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
  std::optional<double> published;
};
struct PlottedSeries {
  std::string name;  // the values of the other axes
  std::vector<PlottedPoint> points;
  std::vector<std::pair<double, double>> law;  // closely spaced; empty where x is no number
};
// How far the worst point may be from a law or a published figure, and how far it is.
struct Distance {
  std::optional<double> permitted_percent, worst_percent;

  bool holds() const { return !permitted_percent || (worst_percent && *worst_percent <= *permitted_percent); }
  void see(double measured, double expected);
};
struct Plot {
  std::string title, x, y, x_unit, y_unit, law, published_by;
  bool log_x = false, log_y = false;
  std::vector<PlottedSeries> series;
  Distance from_law, from_published;

  bool holds() const { return from_law.holds() && from_published.holds(); }
};

struct MeasuredPoint {
  Point point;
  Measures measures;
};

// Throws ConfigError if no point has what the plot shows, or if the law uses a name without a value.
Plot plot_of(const SweepSpec& sweep, const PlotSpec& spec, const std::vector<MeasuredPoint>& points);

}  // namespace smmu_vp::tb
