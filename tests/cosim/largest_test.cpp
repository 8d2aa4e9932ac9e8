// The largest cache: 16,384 pages, 64 blocks, 64 misses in flight.
#include <doctest/doctest.h>

#include "testbench/runs/cosim/random_traffic.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_largest(const std::string& name);

TEST_CASE("a cache of 1024 sets and 16 ways and 64 blocks and 64 MSHRs agrees with its reference") {
  constexpr core::CacheConfig kLargest{.sets = 1024, .ways = 16, .block_entries = 64, .mshrs = 64};
  for (const char* profile : {"evictions", "blocks"}) {
    CAPTURE(profile);
    for (const TrafficWeights& weights : traffic_profiles()) {
      if (weights.name != profile) continue;
      const auto model = make_largest("cache");
      const TrafficResult result = RandomTraffic(*model, kLargest, 1, weights).run(12'000);
      CHECK(result.difference == "");
      for (const std::string& assertion : result.assertions) FAIL_CHECK(assertion);
      CHECK(result.compared >= 12'000);
      CHECK(result.filled > 100);
      CHECK(result.invalidations > 30);
    }
  }
}

}  // namespace smmu_vp::tb
