// The channels' guarantees: rate, latency, and answers that wait to be taken.
#include "tests/rtl/directed.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;
using core::LookupStatus;

namespace {
constexpr core::CacheConfig kDefault{};
}

TEST_CASE("a lookup is answered two cycles after it is accepted, and one is accepted every cycle") {
  DirectedCache cache(kDefault);
  cache.load({.va = 0x5000}, mapping(0x5000, 12));
  std::vector<LookupOperation> ops(16, LookupOperation{.request = {.va = 0x5000}});
  for (LookupOperation& op : ops) cache.driver().submit(op);
  for (int cycle = 0; cycle < 2; ++cycle) CHECK(cache.driver().cycle().lookup == nullptr);
  for (LookupOperation& op : ops) CHECK(cache.driver().cycle().lookup == &op);
}

TEST_CASE("a hit passes misses that are still walking") {
  DirectedCache cache(kDefault);
  cache.load({.va = 0x5000}, mapping(0x5000, 12));
  for (u64 page = 0x10; page < 0x18; ++page)
    CHECK(cache.lookup({.va = page << 12}).status == LookupStatus::kMiss);
  CHECK(cache.hits({.va = 0x5000}));
}

TEST_CASE("answers that are not taken stay in order and none is lost") {
  DirectedCache cache(kDefault);
  cache.load({.va = 0x5000}, mapping(0x5000, 12));
  std::vector<LookupOperation> ops(4, LookupOperation{.request = {.va = 0x5000}});
  ops[1].request.va = 0x6000;
  for (LookupOperation& op : ops) cache.driver().submit(op);
  for (int cycle = 0; cycle < 20; ++cycle) CHECK(cache.driver().cycle({.lookup = false}).lookup == nullptr);
  for (int cycle = 0; cycle < 4; ++cycle)
    CHECK(cache.driver().cycle().lookup == &ops[static_cast<std::size_t>(cycle)]);
  CHECK(ops[0].result.status == LookupStatus::kHit);
  CHECK(ops[1].result.status == LookupStatus::kMiss);
  CHECK(ops[3].result.status == LookupStatus::kHit);
}

TEST_CASE("fills and invalidations that wait for each other take turns") {
  DirectedCache cache(kDefault);
  std::vector<FillOperation> fills;
  for (u64 page = 1; page <= 3; ++page) {
    const u8 mshr = cache.lookup({.va = page << 12}).mshr;
    fills.push_back({.request = {.mshr = mshr, .present = true, .entry = mapping(page << 12, 12)}});
  }
  const core::Invalidation elsewhere{.scope = core::Invalidation::Scope::kContext, .context = 9};
  std::vector<InvalidateOperation> walks(3, InvalidateOperation{.request = elsewhere});
  for (FillOperation& fill : fills) cache.driver().submit(fill);
  for (InvalidateOperation& walk : walks) cache.driver().submit(walk);
  std::string order;
  for (int cycle = 0; cycle < 400 && !cache.driver().idle(); ++cycle) {
    const auto answered = cache.driver().cycle();
    if (answered.fill != nullptr) order += 'f';
    if (answered.invalidate != nullptr) order += 'i';
  }
  CHECK(order == "ififif");
}
