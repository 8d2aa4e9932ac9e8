// A sweep as its file describes it: a scenario, keys that are the same for every point, axes, seeds and plots. See
// docs/sweeps.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "testbench/runs/sweep/expression.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

// One value of an axis: what it is called, and the "key=value" settings that it stands for.
struct AxisValue {
  std::string label;
  std::optional<double> number;  // of a single key with a number
  std::vector<std::string> settings;
};
struct Axis {
  std::string name, unit;
  std::vector<AxisValue> values;
};

// What a plot shows: the axis or measure on each of its own axes, and a law for y.
struct PlotSpec {
  std::string title, x, y;
  std::string x_unit, y_unit;  // empty: what is known of the measure
  bool log_x = false, log_y = false;
  std::optional<Expression> law;
  std::optional<double> within_percent;     // how far a point may be from the law
  std::map<std::string, double> published;  // what others measured, by the label of x
  std::string published_by;
  std::optional<double> published_within_percent;  // how far a point may be from what they measured
};

struct SweepSpec {
  std::string file, title, scenario;
  // Which values come from published figures, and what follows without them.
  std::string fitted = {}, predicted = {};
  std::optional<std::string> config;
  std::vector<std::string> settings;
  std::vector<Axis> axes;
  std::vector<u64> seeds;
  std::vector<PlotSpec> plots;
};

// Throws ConfigError: file, line, key, value, and what is expected.
SweepSpec read_sweep(const std::string& path);

}  // namespace smmu_vp::tb
