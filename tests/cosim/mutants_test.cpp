// Would a bug be seen? Each mutant of the RTL has one planted fault; lockstep must report a difference, and
// an assertion must fail although it knows nothing of the reference.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/cosim/random_traffic.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_mutant_no_poison(const std::string& name);
std::unique_ptr<CacheModel> make_mutant_no_shadow(const std::string& name);
std::unique_ptr<CacheModel> make_mutant_short_walk(const std::string& name);
std::unique_ptr<CacheModel> make_mutant_duplicate(const std::string& name);
std::unique_ptr<CacheModel> make_mutant_cached_size(const std::string& name);

namespace {

constexpr core::CacheConfig kConfig{.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4};

TrafficResult run(std::unique_ptr<CacheModel> mutant) {
  return RandomTraffic(*mutant, kConfig, 1).run(20'000);
}

bool failed(const TrafficResult& result, const std::string& property) {
  return std::any_of(result.assertions.begin(), result.assertions.end(),
                     [&](const std::string& what) { return what.starts_with(property + ":"); });
}

}  // namespace

TEST_CASE("A cache that ignores poisoned MSHRs is caught by lockstep and by NoStaleFill") {
  const TrafficResult result = run(make_mutant_no_poison("cache"));
  CHECK(result.difference != "");
  CHECK(failed(result, "NoStaleFill"));
}

TEST_CASE(
    "A cache whose entries survive an invalidation still walking is caught by lockstep and by NoStaleHit") {
  const TrafficResult result = run(make_mutant_no_shadow("cache"));
  CHECK(result.difference != "");
  CHECK(failed(result, "NoStaleHit"));
}

TEST_CASE("A cache that forgets the last set in its walk is caught by lockstep and by NoStaleHit") {
  const TrafficResult result = run(make_mutant_short_walk("cache"));
  CHECK(result.difference != "");
  CHECK(failed(result, "NoStaleHit"));
}

TEST_CASE(
    "A cache that keeps an entry beside the fill that overlaps it is caught by lockstep and by NoDuplicate") {
  const TrafficResult result = run(make_mutant_duplicate("cache"));
  CHECK(result.difference != "");
  CHECK(failed(result, "NoDuplicate"));
}

TEST_CASE("A cache that invalidates by cached size, not by leaf size, is caught by lockstep") {
  CHECK(run(make_mutant_cached_size("cache")).difference != "");
}

}  // namespace smmu_vp::tb
