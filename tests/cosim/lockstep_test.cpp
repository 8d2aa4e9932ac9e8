// The RTL behaves exactly as the reference, whatever the order and timing of operations.
#include <doctest/doctest.h>

#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "testbench/runs/cosim/random_traffic.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;

namespace {

void check_lockstep(const core::CacheConfig& config) {
  for (u32 seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const auto model = make_cache_model(config, "cache");
    REQUIRE(model != nullptr);
    const TrafficResult result = RandomTraffic(*model, config, seed).run(20'000);
    CHECK(result.difference == "");
    for (const std::string& assertion : result.assertions) FAIL_CHECK(assertion);
    CHECK(result.compared >= 20'000);
    // The traffic exercised what it should.
    CHECK(result.hits > 100);
    CHECK(result.misses > 1000);
    CHECK(result.merged > 20);
    CHECK(result.filled > 100);
    CHECK(result.dropped > 100);
    CHECK(result.invalidations > 100);
  }
}

}  // namespace

TEST_CASE("the default cache agrees with its reference at every operation of random traffic") {
  check_lockstep({.sets = 64, .ways = 4, .block_entries = 16, .mshrs = 16});
}

TEST_CASE("a cache of 512 entries agrees with its reference at every operation of random traffic") {
  check_lockstep({.sets = 128, .ways = 4, .block_entries = 16, .mshrs = 16});
}

TEST_CASE("a small cache, always short of ways and MSHRs, agrees with its reference") {
  check_lockstep({.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4});
}

TEST_CASE("a cache of one set, one way, one block entry and one MSHR agrees with its reference") {
  check_lockstep({.sets = 1, .ways = 1, .block_entries = 1, .mshrs = 1});
}
