// An entry that survives an invalidation racing with its traffic is detected by lockstep without
// assertions, and by an assertion without the reference. tests/system shows that the stale_translation
// monitor detects it without either.
#include <doctest/doctest.h>

#include "testbench/machine/rtl_adapter/mutants.h"
#include "testbench/runs/cosim/random_traffic.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

const TrafficWeights& races() {
  for (const TrafficWeights& weights : traffic_profiles())
    if (weights.name == "races") return weights;
  FAIL("no such profile");
  return traffic_profiles().front();
}

}  // namespace

TEST_CASE("without a planted fault the mutant model agrees with the reference from any power-up state") {
  for (int power_up = 0; power_up < 6; ++power_up) {
    CAPTURE(power_up);
    const auto model = make_mutant("cache", "", power_up);
    const TrafficResult result = RandomTraffic(*model, kMutantSize, 7).run(5'000);
    CHECK(result.difference == "");
    for (const std::string& assertion : result.assertions) FAIL_CHECK(assertion);
  }
}

TEST_CASE("lockstep alone detects the entry that survives an invalidation racing its traffic") {
  const auto model = make_mutant("cache", "page_survives_race");
  RandomTraffic traffic(*model, kMutantSize, 1, races());
  model->on_assertion = nullptr;
  const TrafficResult result = traffic.run(20'000);
  CHECK(result.assertions.empty());
  CHECK(result.difference != "");
}

TEST_CASE(
    "the assertion NoStaleHit alone detects the entry that survives an invalidation racing its traffic") {
  const auto model = make_mutant("cache", "page_survives_race");
  const TrafficResult result = RandomTraffic(*model, kMutantSize, 1, races()).run(20'000);
  REQUIRE(result.assertions.size() == 1);
  CHECK(result.assertions.front().starts_with("NoStaleHit:"));
}
