// What differs between two runs or sweeps.
#include <doctest/doctest.h>

#include "study_temporary.h"
#include "testbench/machine/config/config_error.h"
#include "testbench/runs/compare/comparison.h"

using namespace smmu_vp::tb;

namespace {

Measures measured(double latency, double walks, const nlohmann::json& ril) {
  Measures m;
  m.numbers = {{"latency.dma.mean_ps", latency}, {"counters.smmu.walks", walks}};
  m.units = {{"latency.dma.mean_ps", "ps"}};
  m.config = {{"driver.ril", ril}, {"cpu.count", 4}};
  return m;
}

Side side(const std::vector<Measures>& seeds, const std::string& point = "") {
  return {.path = "", .title = "", .scenario = "", .points = {{point, seeds}}};
}

}  // namespace

TEST_CASE("keys that differ are named with both values") {
  const Comparison c = compare(side({measured(1, 1, true)}), side({measured(1, 1, false)}));
  REQUIRE(c.keys.size() == 1);
  CHECK(c.keys[0].key == "driver.ril");
  CHECK(c.keys[0].a == true);
  CHECK(c.keys[0].b == false);
  CHECK(c.points.at(0).differences.empty());
  CHECK(c.points[0].compared == 2);
}

TEST_CASE("a difference is that of the means, with the spread over seeds on both sides") {
  const Comparison c = compare(side({measured(90, 7, true), measured(110, 7, true)}),
                               side({measured(140, 7, true), measured(160, 7, true)}));
  REQUIRE(c.points.at(0).differences.size() == 1);
  const Difference& d = c.points[0].differences[0];
  CHECK(d.measure == "latency.dma.mean_ps");
  CHECK(d.unit == "ps");
  CHECK(d.a->mean == 100);
  CHECK(d.a->low == 90);
  CHECK(d.b->high == 160);
  CHECK(*d.percent == doctest::Approx(50));
  CHECK(d.beyond_spread);
}

TEST_CASE("sides whose seeds overlap differ only within the spread") {
  const Comparison c = compare(side({measured(90, 7, true), measured(110, 7, true)}),
                               side({measured(105, 7, true), measured(125, 7, true)}));
  CHECK_FALSE(c.points.at(0).differences.at(0).beyond_spread);
}

TEST_CASE("a measure that one side lacks is a difference without a percentage") {
  Measures more = measured(1, 1, true);
  more.numbers["counters.smmu.stalls"] = 3;
  const Comparison c = compare(side({measured(1, 1, true)}), side({more}));
  const Difference& d = c.points.at(0).differences.at(0);
  CHECK(d.measure == "counters.smmu.stalls");
  CHECK_FALSE(d.a.has_value());
  CHECK_FALSE(d.percent.has_value());
}

TEST_CASE("points of one side only are listed and not compared") {
  const Comparison c = compare(side({measured(1, 1, true)}, "n 1"), side({measured(1, 1, true)}, "n 2"));
  CHECK(c.points.empty());
  CHECK(c.only_a == std::vector<std::string>{"n 1"});
  CHECK(c.only_b == std::vector<std::string>{"n 2"});
}

TEST_CASE("a side is a run's folder or a summary, and anything else is refused in one line") {
  const TemporaryFolder folder;
  folder.file(
      "run/summary.json",
      R"({"scenario": "smoke", "status": "ok", "version": "1", "sim_time_ps": 5, "counters": {"x": 2}, "tables": [],
                  "latency": {"dma": {"count": 1, "mean_ps": 7, "parts": {"whole": 7}}}, "config": {"a": {"b": 1}, "endpoint": [{"kind": "pcie"}]}})");
  for (const char* path : {"/run", "/run/summary.json"}) {
    const Side read = read_side(folder.path() + path);
    CHECK(read.scenario == "smoke");
    const Measures& m = read.points.at("").at(0);
    CHECK(m.numbers.at("latency.dma.mean_ps") == 7);
    CHECK(m.numbers.at("latency.dma.parts.whole_ps") == 7);
    CHECK(m.numbers.at("counters.x") == 2);
    CHECK(m.config.at("a.b") == 1);
    CHECK(m.config.at("endpoint.0.kind") == "pcie");
  }
  folder.file("empty/other.txt", "");
  CHECK_THROWS_AS(read_side(folder.path() + "/empty"), ConfigError);
  CHECK_THROWS_AS(read_side(folder.file("bad/summary.json", "{}")), ConfigError);
  CHECK_THROWS_AS(read_side(folder.file("cut/summary.json", "{\"scenario\": ")), ConfigError);
}
