// What an invalidation drops and keeps, and how it interacts with walks and lookups in flight.
#include "tests/rtl/directed.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;
using core::Granule;
using core::Invalidation;
using core::LookupKey;
using core::LookupStatus;
using core::World;
using Scope = core::Invalidation::Scope;

namespace {

constexpr core::CacheConfig kDefault{};
constexpr core::CacheConfig kSmall{.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4};

// Two contexts with a page each and a global page, in VMID 1; the same page in VMID 2 and in another world.
struct Populated {
  Populated() : cache(kDefault) {
    cache.load({.vmid = 1, .context = 1, .va = 0x5000}, mapping(0x5000, 12));
    cache.load({.vmid = 1, .context = 2, .va = 0x5000}, mapping(0x5000, 12));
    core::Translation global = mapping(0x9000, 12);
    global.global = true;
    cache.load({.vmid = 1, .context = 1, .va = 0x9000}, global);
    cache.load({.vmid = 2, .context = 1, .va = 0x5000}, mapping(0x5000, 12));
    cache.load({.world = World::kNsEl2, .context = 1, .va = 0x5000}, mapping(0x5000, 12));
  }
  u32 dropped(const Invalidation& what) { return cache.invalidate(what).entries; }
  DirectedCache cache;
};

}  // namespace

TEST_CASE("invalidating all drops one world's entries, or every world's on request") {
  Populated one;
  CHECK(one.dropped({.scope = Scope::kAll, .world = World::kNsEl2}) == 1);
  CHECK(one.dropped({.scope = Scope::kAll, .world = World::kNsEl1}) == 4);
  Populated every;
  CHECK(every.dropped({.scope = Scope::kAll, .any_world = true}) == 5);
}

TEST_CASE("invalidating a VMID drops its global entries too") {
  Populated p;
  CHECK(p.dropped({.scope = Scope::kVmid, .vmid = 1}) == 3);
  CHECK(p.cache.hits({.vmid = 2, .context = 1, .va = 0x5000}));
}

TEST_CASE("invalidating a context keeps global entries and other contexts") {
  Populated p;
  CHECK(p.dropped({.scope = Scope::kContext, .vmid = 1, .context = 1}) == 1);
  CHECK(p.cache.hits({.vmid = 1, .context = 2, .va = 0x5000}));
  CHECK(p.cache.hits({.vmid = 1, .context = 1, .va = 0x9000}));
}

TEST_CASE("invalidating an address drops one context's page, or a global page through any context") {
  Populated p;
  CHECK(p.dropped({.scope = Scope::kVa, .vmid = 1, .context = 2, .first = 0x5000, .last = 0x5FFF}) == 1);
  CHECK(p.cache.hits({.vmid = 1, .context = 1, .va = 0x5000}));
  CHECK(p.dropped({.scope = Scope::kVa, .vmid = 1, .context = 2, .first = 0x9000, .last = 0x9FFF}) == 1);
}

TEST_CASE("invalidating an address in any context drops the page of each") {
  Populated p;
  CHECK(p.dropped({.scope = Scope::kVa, .vmid = 1, .any_context = true, .first = 0x5000, .last = 0x5FFF}) ==
        2);
}

TEST_CASE("invalidating a range drops the pages in it and not their neighbours") {
  DirectedCache cache(kDefault);
  for (u64 page = 0; page < 200; ++page) cache.load({.va = page << 12}, mapping(page << 12, 12));
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 10 << 12, .last = (150 << 12) - 1}).entries == 140);
  CHECK(cache.hits({.va = 9 << 12}));
  CHECK(cache.hits({.va = 150 << 12}));
}

TEST_CASE("invalidating an address drops the pages that contain it in every granule") {
  DirectedCache cache(kDefault);
  cache.load({.granule = Granule::k16K, .va = 0x1'8000}, mapping(0x1'8000, 14));
  cache.load({.granule = Granule::k64K, .va = 0x1'0000}, mapping(0x1'0000, 16));
  cache.load({.va = 0x1'A000}, mapping(0x1'A000, 12));
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 0x1'A000, .last = 0x1'AFFF}).entries == 3);
}

TEST_CASE("a fragment of a leaf is dropped when another address of the leaf is invalidated") {
  DirectedCache cache(kDefault);
  cache.load({.va = 0x20'3000}, mapping(0x20'3000, 12, 21));
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 0x40'0000, .last = 0x40'0FFF}).entries == 0);
  CHECK(cache.hits({.va = 0x20'3000}));
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 0x3F'F000, .last = 0x3F'FFFF}).entries == 1);
}

TEST_CASE("a walk that an invalidation of its page overtook does not fill") {
  DirectedCache cache(kSmall);
  const auto miss = cache.lookup({.context = 1, .va = 0x5000});
  const Invalidation page{.scope = Scope::kVa, .context = 1, .first = 0x5000, .last = 0x5FFF};
  CHECK(cache.invalidate(page).mshrs_poisoned == 1);
  CHECK(cache.invalidate(page).mshrs_poisoned == 0);  // it is poisoned already
  CHECK(cache.lookup({.context = 1, .va = 0x5000}).status == LookupStatus::kMerged);
  CHECK(cache.fill(miss.mshr, mapping(0x5000, 12)).dropped);
  CHECK_FALSE(cache.hits({.context = 1, .va = 0x5000}));
  // The MSHR's next user starts clean.
  CHECK_FALSE(cache.load({.context = 1, .va = 0x5000}, mapping(0x5000, 12)).dropped);
}

TEST_CASE("a walk that ends in a block is dropped when any address of the block was invalidated meanwhile") {
  DirectedCache cache(kSmall);
  const auto miss = cache.lookup({.context = 1, .va = 0x20'0000});
  CHECK(cache.invalidate({.scope = Scope::kVa, .context = 1, .first = 0x3F'F000, .last = 0x3F'FFFF})
            .mshrs_poisoned == 0);
  CHECK(cache.fill(miss.mshr, mapping(0x20'0000, 21)).dropped);
}

TEST_CASE("a walk is not disturbed by invalidations of other pages, contexts and VMIDs") {
  DirectedCache cache(kSmall);
  const auto miss = cache.lookup({.vmid = 1, .context = 1, .va = 0x5000});
  cache.invalidate({.scope = Scope::kVa, .vmid = 1, .context = 1, .first = 0x6000, .last = 0x6FFF});
  cache.invalidate({.scope = Scope::kVa, .vmid = 1, .context = 2, .first = 0x5000, .last = 0x5FFF});
  cache.invalidate({.scope = Scope::kContext, .vmid = 1, .context = 2});
  cache.invalidate({.scope = Scope::kVmid, .vmid = 2});
  cache.invalidate({.scope = Scope::kAll, .world = World::kNsEl2});
  CHECK_FALSE(cache.fill(miss.mshr, mapping(0x5000, 12)).dropped);
}

TEST_CASE("a walk that turns out global is dropped when another context's invalidation may apply to it") {
  DirectedCache cache(kSmall);
  const auto miss = cache.lookup({.context = 1, .va = 0x5000});
  cache.invalidate({.scope = Scope::kVa, .context = 2, .first = 0x5000, .last = 0x5FFF});
  core::Translation global = mapping(0x5000, 12);
  global.global = true;
  CHECK(cache.fill(miss.mshr, global).dropped);
}

TEST_CASE("lookups continue during an invalidation and never hit what it covers") {
  DirectedCache cache(kDefault);
  for (u64 page = 0; page < 64; ++page) cache.load({.context = 1, .va = page << 12}, mapping(page << 12, 12));
  cache.load({.context = 2, .va = 0x5000}, mapping(0x5000, 12));

  InvalidateOperation walk{.request = {.scope = Scope::kContext, .context = 1}};
  cache.driver().submit(walk);
  cache.driver().cycle();  // accepted: it has taken effect
  LookupOperation covered{.request = {.context = 1, .va = 63 << 12}};
  LookupOperation other{.request = {.context = 2, .va = 0x5000}};
  cache.driver().submit(covered);
  cache.driver().submit(other);
  for (int cycle = 0; cycle < 4; ++cycle) cache.driver().cycle();
  CHECK_FALSE(walk.done);
  CHECK(covered.done);
  CHECK(covered.result.status == LookupStatus::kMiss);
  CHECK(other.done);
  CHECK(other.result.status == LookupStatus::kHit);

  // The miss came after the invalidation, so its fill waits for the walk and is kept.
  CHECK_FALSE(cache.fill(covered.result.mshr, mapping(63 << 12, 12)).dropped);
  CHECK(walk.done);
  CHECK(walk.result.entries == 64);
  CHECK(walk.result.mshrs_poisoned == 0);
  CHECK(cache.hits({.context = 1, .va = 63 << 12}));
}
