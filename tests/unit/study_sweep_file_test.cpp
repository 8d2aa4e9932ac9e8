// A sweep's file, and the points that it stands for.
#include <doctest/doctest.h>

#include <set>

#include "study_temporary.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/runs/sweep/points.h"

using namespace smmu_vp::tb;

namespace {

SweepSpec sweep(const std::string& text) {
  const TemporaryFolder folder;
  return read_sweep(folder.file("sweep.toml", text));
}

std::vector<std::string> labels(const std::string& axis) {
  const SweepSpec read = sweep("scenario = 'smoke'\n[[axis]]\nkey = 'cpu.count'\n" + axis);
  std::vector<std::string> all;
  for (const AxisValue& v : read.axes.at(0).values) all.push_back(v.label);
  return all;
}

std::string complaint(const std::string& text) {
  try {
    sweep(text);
  } catch (const ConfigError& e) {
    const std::string what = e.what();
    return what.substr(what.rfind("sweep.toml") + 10);
  }
  return "";
}

using Labels = std::vector<std::string>;

}  // namespace

TEST_CASE("an axis has listed values, values at equal distances, or values by an equal factor") {
  CHECK(labels("list = [1, 4, 2]") == Labels{"1", "4", "2"});
  CHECK(labels("linear = {from = 1, to = 7, points = 4}") == Labels{"1", "3", "5", "7"});
  CHECK(labels("linear = {from = 0.5, to = 1.5, points = 3}") == Labels{"0.5", "1", "1.5"});
  CHECK(labels("log = {from = 1, to = 64, points = 7}") == Labels{"1", "2", "4", "8", "16", "32", "64"});
}

TEST_CASE("between whole numbers values are whole, and none comes twice") {
  CHECK(labels("linear = {from = 1, to = 4, points = 9}") == Labels{"1", "2", "3", "4"});
  CHECK(labels("log = {from = 1, to = 4, points = 5}") == Labels{"1", "2", "3", "4"});
}

TEST_CASE("a sweep runs every combination of values with every seed") {
  const SweepSpec read = sweep(
      "scenario = 'smoke'\nseeds = 2\nset = {link = {gen = 3}}\n"
      "[[axis]]\nkey = 'cpu.count'\nlist = [1, 2]\n[[axis]]\nkey = 'driver.ril'\nlist = [true, false]\n");
  const std::vector<Point> points = points_of(read);
  REQUIRE(points.size() == 2 * 2 * 2);
  std::set<std::string> folders;
  for (const Point& p : points) folders.insert(p.folder);
  CHECK(folders.size() == points.size());
  CHECK(points[0].settings == Labels{"link.gen=3", "cpu.count=1", "driver.ril=true"});
  CHECK(points[1].seed == 2);
  CHECK(points.back().settings == Labels{"link.gen=3", "cpu.count=2", "driver.ril=false"});
}

TEST_CASE("a case sets several keys") {
  const SweepSpec read = sweep(
      "scenario = 'smoke'\n[[axis]]\nname = 'driver'\n"
      "cases = [{name = 'old', driver.ril = false, cpu.count = 1}, {name = 'new', driver.ril = true}]\n");
  const std::vector<AxisValue>& values = read.axes.at(0).values;
  CHECK(values.at(0).label == "old");
  CHECK(std::set(values[0].settings.begin(), values[0].settings.end()) ==
        std::set<std::string>{"cpu.count=1", "driver.ril=false"});
  CHECK(values.at(1).settings == Labels{"driver.ril=true"});
}

TEST_CASE("a point keeps its folder when an axis gets more values") {
  const std::string head = "scenario = 'smoke'\n[[axis]]\nkey = 'cpu.count'\n";
  const std::vector<Point> before = points_of(sweep(head + "list = [1, 4]\n")),
                           after = points_of(sweep(head + "list = [1, 2, 4]\n"));
  CHECK(before[0].folder == after[0].folder);
  CHECK(before[1].folder == after[2].folder);
}

TEST_CASE("a mistake in a sweep's file is one line with its place") {
  CHECK(complaint("seeds = 1") == ": scenario = \"NAME\" is missing; see `list scenarios`");
  CHECK(complaint("scenario = 'smoke'\nspeed = 1") ==
        ":2: unknown key 'speed'; there are title, scenario, fitted, predicted, config, seeds, set, axis, "
        "plot");
  CHECK(complaint("scenario = 'smoke'\nseeds = 0") == ":2: seeds = 0: expected at least one seed");
  const std::string axis = "scenario = 'smoke'\n[[axis]]\nkey = 'cpu.count'\n";
  CHECK(complaint(axis) == ":2: axis 'count' needs list, linear, log or cases");
  CHECK(complaint(axis + "log = {from = 0, to = 4, points = 3}") ==
        ":4: log: from 0 to 4: both must be above 0");
  CHECK(complaint(axis + "linear = {from = 1, to = 4}").find("expected {from = A, to = B, points = N}") !=
        std::string::npos);
  CHECK(complaint(axis + "list = []") == ":4: list: expected values in brackets");
  CHECK(complaint(axis + "list = [1]\nlinear = {from = 1, to = 4, points = 2}").find("values of two kinds") !=
        std::string::npos);
  CHECK(complaint(axis + "list = [1]\n[[axis]]\nkey = 'x.count'\nlist = [1]") ==
        ": two axes are called 'count'");
  CHECK(complaint("scenario = 'smoke'\n[[plot]]\nx = 'a'\ny = 'b'\nlaw = '1 +'").find(":5: law: ") == 0);
}

TEST_CASE("published figures need their source, an x that the sweep has, and numbers") {
  const std::string plot =
      "scenario = 'smoke'\n[[axis]]\nkey = 'cpu.count'\nlist = [1, 2]\n[[plot]]\nx = 'count'\ny = "
      "'sim_time_ps'\n";
  const std::string by = "published_by = 'a paper'\n";
  CHECK(complaint(plot + by + "published = {1 = 5}\n").empty());
  CHECK(complaint(plot + "published = {1 = 5}\n") ==
        ":5: published figures and published_by need each other");
  CHECK(complaint(plot + by + "published = {3 = 5}\n") ==
        ":9: published has 3 = 5, and axis 'count' has no such value");
  CHECK(complaint(plot + by + "published = {1 = 'five'}\n") == ":9: 1 = 'five': expected a number");
  CHECK(complaint(plot + "published_within_percent = 2\n") ==
        ":8: published_within_percent needs published figures");
}
