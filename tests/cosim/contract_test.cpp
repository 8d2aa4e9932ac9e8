// The contract judges a cache of any organisation: the right ones are clean, and each fault of one that is organised in
// no way like the reference is named by the rule that it breaks.
#include <doctest/doctest.h>

#include "testbench/machine/rtl_adapter/mutants.h"
#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "testbench/runs/cosim/random_traffic.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_fifo_cache(const std::string& name);  // Verilated

namespace {

constexpr Mutant kFaults[] = {
#include "mutants.inc"
};

// All profiles of traffic, each on a new cache, up to the first violation.
TrafficResult judged(std::string_view fault) {
  TrafficResult result;
  for (const TrafficWeights& weights : traffic_profiles()) {
    const auto model = make_mutant({kFaults, make_fifo_cache}, "cache", fault, 1);
    RandomTraffic traffic(*model, {}, 1, weights);
    result = traffic.run_to_difference(6'000);
    if (result.clean()) result = traffic.finish();
    if (!result.clean()) break;
  }
  return result;
}

void check_named(std::string_view fault, ContractRule rule) {
  const TrafficResult result = judged(fault);
  INFO(result.difference);
  REQUIRE_FALSE(result.violations.empty());
  CHECK(to_string(result.violations.front().rule) == to_string(rule));
}

// Adds to `exposed` how often something forbidden could have happened.
void check_clean(CacheModel& model, const TrafficWeights& weights, TrafficResult& exposed) {
  CAPTURE(weights.name);
  RandomTraffic traffic(model, {}, 3, weights);
  traffic.run(6'000);
  const TrafficResult& result = traffic.finish();
  CHECK(result.difference == "");
  for (const std::string& assertion : result.assertions) FAIL_CHECK(assertion);
  CHECK(result.compared >= 6'000);
  exposed.hits += result.hits;
  exposed.overtaken += result.overtaken;
  exposed.invalidations += result.invalidations;
}

void check_exposed(const TrafficResult& exposed) {
  CHECK(exposed.hits > 1'000);
  CHECK(exposed.overtaken > 500);
  CHECK(exposed.invalidations > 1'000);
}

}  // namespace

TEST_CASE("a cache of another organisation keeps the contract from any power-up state") {
  int power_up = 0;
  TrafficResult exposed;
  for (const TrafficWeights& weights : traffic_profiles()) {
    const auto model = make_mutant({kFaults, make_fifo_cache}, "cache", "", power_up++);
    check_clean(*model, weights, exposed);
  }
  check_exposed(exposed);
}

TEST_CASE("our own caches keep the contract, which knows nothing of their organisation") {
  for (const RtlConfiguration& rtl : rtl_configurations()) {
    if (rtl.design == "stale_cache" || rtl.config.mshrs == 1) continue;
    CAPTURE(rtl.name);
    TrafficResult exposed;
    for (const TrafficWeights& weights : traffic_profiles())
      check_clean(*rtl.make("cache"), weights, exposed);
    check_exposed(exposed);
  }
}

TEST_CASE("an entry that survives an invalidation racing with its lookup is a stale hit") {
  TrafficResult result;
  for (const TrafficWeights& weights : traffic_profiles()) {
    if (weights.name != "races") continue;
    const auto model = make_mutant("cache", "page_survives_race");
    result = RandomTraffic(*model, {}, 1, weights).run(20'000);
  }
  REQUIRE(result.violations.size() == 1);
  CHECK(result.violations.front().text().starts_with("stale_hit: operation "));
  CHECK(result.difference.find("which was covered by the invalidation of addresses (world ") !=
        std::string::npos);
}

TEST_CASE("a range cut to one page is named a stale hit") {
  check_named("range_cut_to_one_page", ContractRule::kStaleHit);
}
TEST_CASE("a lost leaf size is named a stale hit") {
  check_named("leaf_size_lost", ContractRule::kStaleHit);
}
TEST_CASE("global entries spared by an invalidation by VA are named a stale hit") {
  check_named("globals_spared", ContractRule::kStaleHit);
}
TEST_CASE("an invalidation that drops nothing is named a stale hit") {
  check_named("no_invalidation", ContractRule::kStaleHit);
}
TEST_CASE("a fill that slips into the cycle of a flush is named a stale hit") {
  check_named("flush_and_fill_in_one_cycle", ContractRule::kStaleHit);
}
TEST_CASE("a world that is not compared is named a foreign hit") {
  check_named("world_not_compared", ContractRule::kForeignHit);
}
TEST_CASE("a VMID that is not compared is named a foreign hit") {
  check_named("vmid_not_compared", ContractRule::kForeignHit);
}
TEST_CASE("a context that is not compared is named a foreign hit") {
  check_named("context_not_compared", ContractRule::kForeignHit);
}
TEST_CASE("a granule that is not compared is named a foreign hit") {
  check_named("granule_not_compared", ContractRule::kForeignHit);
}
TEST_CASE("a range that merging a request loses is named an overtaken fill that is kept") {
  check_named("merged_range_lost", ContractRule::kOvertakenFillKept);
}
TEST_CASE("a walk that is not poisoned is named an overtaken fill that is kept") {
  check_named("no_poison", ContractRule::kOvertakenFillKept);
}
TEST_CASE("a poisoned range that is ignored is named an overtaken fill that is kept") {
  check_named("hull_ignored", ContractRule::kOvertakenFillKept);
}
TEST_CASE("a fill dropped as overtaken although no invalidation came is named") {
  check_named("drop_without_cause", ContractRule::kDroppedWithoutCause);
}
TEST_CASE("an MSHR that is named again while its fill is owed is named") {
  check_named("mshr_reissued_early", ContractRule::kMshrReused);
}
TEST_CASE("a faulted walk that is stored is named") {
  check_named("fault_is_cached", ContractRule::kFaultKept);
}
TEST_CASE("a physical address that no fill gave is named an invented hit") {
  check_named("physical_address_of_neighbour", ContractRule::kInventedHit);
}
TEST_CASE("a lookup that is to wait for any fill although none is owed is named") {
  check_named("full_without_misses", ContractRule::kFullWithoutMisses);
}
TEST_CASE("a lookup that is to wait for a fill that is not owed is named") {
  check_named("merged_with_nothing", ContractRule::kMergedWithNothing);
}
TEST_CASE("an answer that nothing asked for is named") {
  check_named("lookup_answered_twice", ContractRule::kUnasked);
}
TEST_CASE("an invalidation without end is named") {
  check_named("invalidation_unanswered", ContractRule::kUnanswered);
}
TEST_CASE("a fill that is never answered is named") {
  check_named("fill_unanswered", ContractRule::kUnanswered);
}

}  // namespace smmu_vp::tb
