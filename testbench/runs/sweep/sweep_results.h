// What a sweep measured: for scripts (sweep.json, sweep.csv and a CSV file a table), as a page, and in short.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/observe/report/terminal.h"
#include "testbench/runs/sweep/plots.h"

namespace smmu_vp::tb {

enum class PointState { kWaiting, kDone, kFailed };

struct SweepPoint {
  Point point;
  PointState state = PointState::kWaiting;
  std::optional<Measures> measures;  // of one that is done
};

struct SweepFile {
  std::string name, text;
};

class SweepResults {
 public:
  // Throws ConfigError for a plot of what no point measured.
  SweepResults(const SweepSpec& sweep, const std::vector<SweepPoint>& points, bool interrupted);

  std::vector<SweepFile> files() const;
  std::string account(const std::string& out, const Paper& paper) const;
  // Whether every point has run without a violation, and every law is within its limit.
  bool clean() const;
  const std::vector<Plot>& plots() const { return plots_; }

 private:
  nlohmann::json json() const;
  nlohmann::json page_content() const;
  std::string points_csv() const;
  std::vector<SweepFile> table_csvs() const;
  std::string plotted(std::size_t width) const;
  std::vector<std::string> labels(const Point& point) const;

  const SweepSpec& sweep_;
  const std::vector<SweepPoint>& points_;
  bool interrupted_;
  std::vector<Plot> plots_;
  std::vector<std::string> unplotted_;  // why a plot of an unfinished sweep is missing
};

// Whether the sweep in this folder has run all of its points.
bool is_complete(const std::string& folder);

}  // namespace smmu_vp::tb
