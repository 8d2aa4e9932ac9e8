// What a plot shows of the points of a sweep.
#include <doctest/doctest.h>

#include "study_temporary.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/runs/sweep/plots.h"
#include "testbench/runs/sweep/validation_page.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

// A sweep over n = 1, 2, 4 with three seeds; point (n, seed) measures 100 n + seed.
class Measured {
 public:
  explicit Measured(const std::string& plot) {
    const TemporaryFolder folder;
    sweep = read_sweep(folder.file("s.toml",
                                   "scenario = 'smoke'\nseeds = 3\n[[axis]]\nname = 'n'\nkey = "
                                   "'cpu.count'\nlist = [1, 2, 4]\n[[plot]]\n" +
                                       plot));
    for (const Point& p : points_of(sweep)) {
      MeasuredPoint m{p, {}};
      const double n = *sweep.axes[0].values[p.at[0]].number;
      m.measures.numbers["latency.op.mean_ps"] = 100 * n + static_cast<double>(p.seed);
      m.measures.units["latency.op.mean_ps"] = "ps";
      m.measures.config["cpu.count"] = n;
      m.measures.config["link.gen"] = 3;
      m.measures.tables.push_back({.name = "cost",
                                   .title = "",
                                   .columns = {{"size", "bytes"}, {"total", "ps"}},
                                   .rows = {{10, 20 * n}, {30, 40 * n}}});
      points.push_back(m);
    }
  }
  Plot plot() const { return plot_of(sweep, sweep.plots.at(0), points); }

  SweepSpec sweep;
  std::vector<MeasuredPoint> points;
};

}  // namespace

TEST_CASE("a plotted point is the mean over seeds, with the least and the most of them") {
  const Plot plot = Measured("x = 'n'\ny = 'latency.op.mean_ps'").plot();
  CHECK(plot.y_unit == "ps");
  REQUIRE(plot.series.size() == 1);
  REQUIRE(plot.series[0].points.size() == 3);
  const PlottedPoint& p = plot.series[0].points[1];
  CHECK(p.x == 2);
  CHECK(p.mean == doctest::Approx(202));
  CHECK(p.low == 201);
  CHECK(p.high == 203);
  CHECK(p.seeds == 3);
}

TEST_CASE("a law may name axes and keys, and its distance from the points is the worst one") {
  // The means are 102, 202 and 402: the law 101 n is 1/101 below, exact and ... 2/404 above.
  const Plot plot =
      Measured("x = 'n'\ny = 'latency.op.mean_ps'\nlaw = '101 * n + link.gen - 3'\nwithin_percent = 1")
          .plot();
  CHECK(*plot.series[0].points[0].law == doctest::Approx(101));
  CHECK(*plot.from_law.worst_percent == doctest::Approx(100.0 / 101));
  CHECK(plot.holds());
  REQUIRE(!plot.series[0].law.empty());
  CHECK(plot.series[0].law.front().second == doctest::Approx(101));
  CHECK(plot.series[0].law.back().second == doctest::Approx(404));
}

TEST_CASE("a law that a point misses does not hold") {
  CHECK_FALSE(
      Measured("x = 'n'\ny = 'latency.op.mean_ps'\nlaw = '90 * n'\nwithin_percent = 1").plot().holds());
}

TEST_CASE("a plot within a table has a point for each row, and a series for each value of the axes") {
  const Plot plot = Measured("x = 'table.cost.size'\ny = 'table.cost.total'\nlaw = 'size * n'").plot();
  CHECK(plot.x_unit == "bytes");
  REQUIRE(plot.series.size() == 3);
  CHECK(plot.series[2].name == "n 4");
  REQUIRE(plot.series[2].points.size() == 2);
  CHECK(plot.series[2].points[1].x == 30);
  CHECK(plot.series[2].points[1].mean == 160);
  CHECK(*plot.series[2].points[1].law == 120);
}

TEST_CASE("a plot of what nothing measures is refused, and so is a law with an unknown name") {
  CHECK_THROWS_AS(Measured("x = 'n'\ny = 'latency.other.mean_ps'").plot(), ConfigError);
  CHECK_THROWS_AS(Measured("x = 'n'\ny = 'latency.op.mean_ps'\nlaw = 'm'").plot(), ConfigError);
}

TEST_CASE("published figures stand beside their points, and the worst deviation is judged by its own limit") {
  // The means are 102, 202 and 402.
  const std::string published =
      "x = 'n'\ny = 'latency.op.mean_ps'\npublished = {1 = 100, 4 = 400}\n"
      "published_by = 'a paper'\npublished_within_percent = ";
  const Plot plot = Measured(published + "3").plot();
  const std::vector<PlottedPoint>& points = plot.series.at(0).points;
  CHECK(points.at(0).published == 100);
  CHECK_FALSE(points.at(1).published.has_value());
  CHECK(points.at(2).published == 400);
  CHECK(*plot.from_published.worst_percent == doctest::Approx(2));
  CHECK_FALSE(plot.from_law.worst_percent.has_value());
  CHECK(plot.holds());
  CHECK_FALSE(Measured(published + "1").plot().holds());
}

TEST_CASE(
    "the validation page holds published, law and measured side by side, and marks what is beyond a limit") {
  Measured measured(
      "title = 'Latency'\nx = 'n'\ny = 'latency.op.mean_ps'\nlaw = '100 * n'\nwithin_percent = 1.5\n"
      "published = {1 = 102, 2 = 100}\npublished_by = 'a paper'\npublished_within_percent = 5");
  measured.sweep.fitted = "nothing.", measured.sweep.predicted = "all of it.";
  const std::string page = validation_page({validation_of(measured.sweep, {measured.plot()})});
  const auto has = [&](const char* text) { return page.find(text) != std::string::npos; };
  CHECK(has("Fitted: nothing."));
  CHECK(has("Predicted: all of it."));
  CHECK(has("| n | published | law | measured [ns] | from published | from law |"));
  CHECK(has("| 1 | 0.102 | 0.1 | 0.102 | +0.0 % | **+2.0 %** |"));
  CHECK(has("| 2 | 0.1 | 0.2 | 0.202 | **+102.0 %** | +1.0 % |"));
  CHECK(has("| 4 |  | 0.4 | 0.402 |  | +0.5 % |"));
  CHECK(has("| `s` | Latency | **1e+02 % of 5 %** | **2 % of 1.5 %** |"));
}
