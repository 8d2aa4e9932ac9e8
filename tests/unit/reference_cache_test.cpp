// The reference cache keeps the contract of tlm/core/translation_cache.h. The RTL's tests and lockstep tie
// the RTL to the same behaviour.
#include "tlm/core/reference_cache.h"

#include <doctest/doctest.h>

using namespace smmu_vp;
using namespace smmu_vp::core;
using Scope = Invalidation::Scope;

namespace {

Translation mapping(u64 va, u8 log2_size, u8 leaf, bool global = false) {
  return {.va = va,
          .pa = va + (u64{1} << 40),
          .log2_size = log2_size,
          .leaf_log2_size = leaf,
          .global = global,
          .rights = {}};
}

FillResult load(ReferenceCache& cache, const LookupKey& key, const Translation& entry) {
  const LookupResult answer = cache.lookup(key);
  REQUIRE(answer.status == LookupStatus::kMiss);
  return cache.fill(answer.mshr, &entry);
}

LookupStatus status(ReferenceCache& cache, const LookupKey& key) {
  const LookupResult answer = cache.lookup(key);
  if (answer.status == LookupStatus::kMiss) cache.fill(answer.mshr, nullptr);
  return answer.status;
}

}  // namespace

TEST_CASE("a miss names an MSHR, and after its fill the page hits with the filled translation") {
  ReferenceCache cache({});
  const Translation entry = mapping(0x5000, 12, 12);
  CHECK(load(cache, {.context = 3, .va = 0x5432}, entry) == FillResult{.set = 5, .way = 0});
  CHECK(cache.lookup({.context = 3, .va = 0x5FFF}) ==
        LookupResult{.status = LookupStatus::kHit, .entry = entry});
  CHECK(status(cache, {.context = 4, .va = 0x5000}) == LookupStatus::kMiss);
}

TEST_CASE("the page number is folded once to index the page bank, for each granule") {
  const ReferenceCache cache({.sets = 16});
  CHECK(cache.set_of(Granule::k4K, 0x12'3000) == (0x3 ^ 0x2));
  CHECK(cache.set_of(Granule::k16K, 0x3C'0000) == 0xF);
  CHECK(cache.set_of(Granule::k64K, 0x21'0000) == (0x1 ^ 0x2));
  CHECK(ReferenceCache({.sets = 1, .ways = 1}).set_of(Granule::k4K, ~u64{0}) == 0);
}

TEST_CASE("Tree-PLRU replaces the way that its nodes point at") {
  const Replacer plru(Replacement::kTreePlru, 4);
  u64 tree = 0;
  CHECK(plru.victim(tree) == 0);
  for (unsigned way = 0; way < 4; ++way) tree = plru.touched(tree, way);
  CHECK(plru.victim(tree) == 0);
  tree = plru.touched(tree, 0);
  CHECK(plru.victim(tree) == 2);
  tree = plru.touched(tree, 2);
  CHECK(plru.victim(tree) == 1);
  CHECK(Replacer(Replacement::kTreePlru, 1).victim(0) == 0);
}

TEST_CASE("NRU replaces the lowest way whose use bit is clear") {
  const Replacer nru(Replacement::kNru, 4);
  u64 used = 0;
  CHECK(nru.victim(used) == 0);
  for (const unsigned way : {0u, 2u}) used = nru.touched(used, way);
  CHECK(nru.victim(used) == 1);
  for (const unsigned way : {1u, 3u}) used = nru.touched(used, way);
  CHECK(nru.victim(used) == 0);  // the use of 3 made all used, so only 3 counts as used now
  CHECK(nru.victim(nru.touched(used, 0)) == 1);
  const Replacer many(Replacement::kNru, 64);
  used = 0;
  for (unsigned way = 0; way < 64; ++way) used = many.touched(used, way);
  CHECK(used == u64{1} << 63);
  CHECK(Replacer(Replacement::kNru, 1).victim(Replacer(Replacement::kNru, 1).touched(0, 0)) == 0);
}

TEST_CASE("a poisoned MSHR still merges, drops its fill, and is clean for its next use") {
  ReferenceCache cache({});
  const LookupKey key{.context = 1, .va = 0x5000};
  const Translation entry = mapping(0x5000, 12, 12);
  const u8 mshr = cache.lookup(key).mshr;
  CHECK(cache.invalidate({.scope = Scope::kContext, .context = 1}) == InvalidateResult{0, 1});
  CHECK(cache.lookup(key).status == LookupStatus::kMerged);
  CHECK(cache.fill(mshr, &entry).dropped);
  CHECK_FALSE(load(cache, key, entry).dropped);
}

TEST_CASE("invalidations by address cover leaves, not fragments, for any range") {
  ReferenceCache cache({});
  load(cache, {.va = 0x20'3000}, mapping(0x20'3000, 12, 21));
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 0x40'0000, .last = 0x40'0FFF}).entries == 0);
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 0x3F'F000, .last = 0x3F'FFFF}).entries == 1);
  for (u64 page = 0; page < 200; ++page) load(cache, {.va = page << 12}, mapping(page << 12, 12, 12));
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 3 << 12, .last = (6 << 12) - 1}).entries == 3);
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = 0, .last = (100 << 12) - 1}).entries == 97);
  CHECK(cache.invalidate({.scope = Scope::kAll}).entries == 100);
}

TEST_CASE("a range that ends at the last byte of the address space ends there") {
  ReferenceCache cache({});
  const u64 top = ~u64{0xFFF};
  load(cache, {.va = top}, mapping(top, 12, 12));
  load(cache, {.va = 0}, mapping(0, 12, 12));
  CHECK(cache.invalidate({.scope = Scope::kVa, .first = top, .last = ~u64{0}}).entries == 1);
  CHECK(status(cache, {.va = 0}) == LookupStatus::kHit);
}

TEST_CASE(
    "an invalidation by context keeps its global entries, one by address drops them through any context") {
  ReferenceCache cache({});
  load(cache, {.vmid = 4, .context = 1, .va = 0x5000}, mapping(0x5000, 12, 12, true));
  CHECK(cache.invalidate({.scope = Scope::kContext, .vmid = 4, .context = 1}).entries == 0);
  CHECK(status(cache, {.vmid = 4, .context = 2, .va = 0x5000}) == LookupStatus::kHit);
  CHECK(cache.invalidate({.scope = Scope::kVa, .vmid = 4, .context = 9, .first = 0x5000, .last = 0x5FFF})
            .entries == 1);
}

TEST_CASE("the page bank answers before a block that contains the same page") {
  ReferenceCache cache({});
  const u8 mshr = cache.lookup({.va = 0x20'0000}).mshr;
  load(cache, {.va = 0x20'1000}, mapping(0x20'0000, 21, 21));
  const Translation page = mapping(0x20'0000, 12, 12);
  CHECK_FALSE(cache.fill(mshr, &page).dropped);
  CHECK(cache.lookup({.va = 0x20'0000}).entry == page);
  CHECK(cache.lookup({.va = 0x20'1000}).entry.log2_size == 21);
}
