// The answers of lookups, and where fills go.
#include "tests/rtl/directed.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;
using core::Granule;
using core::LookupKey;
using core::LookupStatus;
using core::World;

namespace {
constexpr core::CacheConfig kDefault{};
constexpr core::CacheConfig kSmall{.sets = 8, .ways = 2, .block_entries = 4, .mshrs = 4};
constexpr core::CacheConfig kSmallest{.sets = 1, .ways = 1, .block_entries = 1, .mshrs = 1};
}  // namespace

TEST_CASE("a page is missed once, filled, and hit at every byte with all that was filled") {
  DirectedCache cache(kDefault);
  const LookupKey key{.context = 7, .va = 0x12345678};
  core::Translation entry = mapping(0x12345000, 12);
  entry.rights = {.user_write = true, .priv_exec = true};
  entry.memory_attributes = 0x4F;
  entry.shareability = 2;
  const auto placed = cache.load(key, entry);
  CHECK_FALSE(placed.dropped);
  CHECK_FALSE(placed.block_bank);
  // vpn 0x12345: bits [5:0] are 0x05, bits [11:6] are 0x0d.
  CHECK(placed.set == (0x05 ^ 0x0D));
  CHECK(placed.way == 0);
  for (const u64 va : {0x12345000ull, 0x12345FFFull}) {
    const auto answer = cache.lookup({.context = 7, .va = va});
    CHECK(answer.status == LookupStatus::kHit);
    CHECK(answer.entry == entry);
  }
}

TEST_CASE("an entry answers only its own world, VMID, context and granule, unless it is global") {
  DirectedCache cache(kDefault);
  const LookupKey own{.world = World::kNsEl1, .vmid = 1, .context = 7, .va = 0x5000};
  cache.load(own, mapping(0x5000, 12));
  CHECK(cache.hits(own));
  CHECK_FALSE(cache.hits({.world = World::kNsEl2, .vmid = 1, .context = 7, .va = 0x5000}));
  CHECK_FALSE(cache.hits({.world = World::kNsEl1, .vmid = 2, .context = 7, .va = 0x5000}));
  CHECK_FALSE(cache.hits({.world = World::kNsEl1, .vmid = 1, .context = 8, .va = 0x5000}));
  CHECK_FALSE(cache.hits({.vmid = 1, .context = 7, .granule = Granule::k16K, .va = 0x5000}));
  CHECK_FALSE(cache.hits({.world = World::kNsEl1, .vmid = 1, .context = 7, .va = 0x6000}));

  core::Translation global = mapping(0x9000, 12);
  global.global = true;
  cache.load({.vmid = 1, .context = 7, .va = 0x9000}, global);
  CHECK(cache.hits({.vmid = 1, .context = 8, .va = 0x9000}));
  CHECK_FALSE(cache.hits({.vmid = 2, .context = 7, .va = 0x9000}));
}

TEST_CASE("a request without PASID has a context of its own") {
  DirectedCache cache(kDefault);
  cache.load({.world = World::kAtc, .context = core::kNoPasid, .va = 0x5000}, mapping(0x5000, 12));
  CHECK(cache.hits({.world = World::kAtc, .context = core::kNoPasid, .va = 0x5000}));
  CHECK_FALSE(cache.hits({.world = World::kAtc, .context = 0, .va = 0x5000}));
}

TEST_CASE("a translation that is not exactly a page of its granule goes to the block bank") {
  DirectedCache cache(kDefault);
  CHECK(cache.load({.va = 0x20'0000}, mapping(0x20'0000, 21)).block_bank);
  CHECK(cache.hits({.va = 0x3F'FFFF}));
  CHECK(cache.load({.va = 0x80'0000}, mapping(0x80'0000, 12, 21)).block_bank);  // fractured by stage 2
  CHECK_FALSE(cache.hits({.va = 0x80'1000}));
  CHECK_FALSE(cache.load({.granule = Granule::k64K, .va = 0x12'0000}, mapping(0x12'0000, 16)).block_bank);
  CHECK(cache.load({.granule = Granule::k64K, .va = 0x14'0000}, mapping(0x14'0000, 12, 16)).block_bank);
}

TEST_CASE(
    "a second miss to a pending page merges, another page takes another MSHR, the next finds the file full") {
  DirectedCache cache(kSmall);
  CHECK(cache.lookup({.va = 0x1000}).mshr == 0);
  const auto merged = cache.lookup({.va = 0x1FFF});
  CHECK(merged.status == LookupStatus::kMerged);
  CHECK(merged.mshr == 0);
  for (u8 page = 2; page <= 4; ++page) CHECK(cache.lookup({.va = page * u64{0x1000}}).mshr == page - 1);
  CHECK(cache.lookup({.va = 0x5000}).status == LookupStatus::kFull);
  CHECK(cache.lookup({.va = 0x2000}).status == LookupStatus::kMerged);
  cache.fill_fault(2);
  const auto after = cache.lookup({.va = 0x5000});
  CHECK(after.status == LookupStatus::kMiss);
  CHECK(after.mshr == 2);
}

TEST_CASE("a faulted walk frees its MSHR and caches nothing") {
  DirectedCache cache(kDefault);
  const auto miss = cache.lookup({.va = 0x1000});
  CHECK(cache.fill_fault(miss.mshr).dropped);
  CHECK(cache.lookup({.va = 0x1000}).status == LookupStatus::kMiss);
}

TEST_CASE("a fill replaces an entry for the same page, and a block replaces the blocks it overlaps") {
  DirectedCache cache(kDefault);
  const auto a = cache.lookup({.context = 1, .va = 0x5000});
  core::Translation global = mapping(0x5000, 12);
  global.global = true;
  const auto first = cache.load({.context = 2, .va = 0x5000}, mapping(0x5000, 12));
  const auto second = cache.fill(a.mshr, global);
  CHECK(second.set == first.set);
  CHECK(second.way == first.way);
  CHECK(cache.lookup({.context = 2, .va = 0x5000}).entry == global);

  CHECK(cache.load({.va = 0x4000'0000}, mapping(0x4000'0000, 21)).way == 0);
  CHECK(cache.load({.va = 0x4020'0000}, mapping(0x4020'0000, 21)).way == 1);
  CHECK(cache.load({.va = 0x4040'0000}, mapping(0x4000'0000, 30)).way == 0);
  CHECK(cache.invalidate({}).entries == 2);  // the global page and the 1 GB block
}

TEST_CASE("the victim is the way that tree-PLRU points at, computed by hand") {
  DirectedCache cache(kDefault);
  // Pages that share set 0: vpn[5:0] == vpn[11:6].
  const auto va = [](u64 i) { return (i * 65) << 12; };
  for (u64 i = 0; i < 4; ++i) CHECK(cache.load({.va = va(i)}, mapping(va(i), 12)).way == i);
  // Filled 0,1,2,3: the root points at the lower half, the lower node at 0.
  CHECK(cache.load({.va = va(4)}, mapping(va(4), 12)).way == 0);
  // 0 used: the root points up, the upper node (last use 3) at 2.
  CHECK(cache.load({.va = va(5)}, mapping(va(5), 12)).way == 2);
  // Hit way 1, then way 3: the root points down, the lower node at 0.
  CHECK(cache.hits({.va = va(1)}));
  CHECK(cache.hits({.va = va(3)}));
  CHECK(cache.load({.va = va(6)}, mapping(va(6), 12)).way == 0);
  // An invalid way is taken before the victim.
  cache.invalidate({.scope = core::Invalidation::Scope::kVa, .first = va(3), .last = va(3) + 0xFFF});
  CHECK(cache.load({.va = va(7)}, mapping(va(7), 12)).way == 3);
}

TEST_CASE("the smallest cache holds one page, one block and one miss") {
  DirectedCache cache(kSmallest);
  cache.load({.va = 0x1000}, mapping(0x1000, 12));
  CHECK(cache.hits({.va = 0x1000}));
  cache.load({.va = 0x7000}, mapping(0x7000, 12));
  CHECK(cache.hits({.va = 0x7000}));
  CHECK_FALSE(cache.hits({.va = 0x1000}));
  cache.load({.va = 0x4000'0000}, mapping(0x4000'0000, 30));
  CHECK(cache.hits({.va = 0x7FFF'FFFF}));
  CHECK(cache.lookup({.va = 0x1000}).status == LookupStatus::kMiss);
  CHECK(cache.lookup({.va = 0x2000}).status == LookupStatus::kFull);
  CHECK(cache.invalidate({}).entries == 2);
}

TEST_CASE("addresses at both ends of the address space are kept apart") {
  DirectedCache cache(kDefault);
  const u64 top = ~u64{0} & ~u64{0xFFF};
  cache.load({.va = top}, mapping(top, 12));
  CHECK_FALSE(cache.hits({.va = 0}));
  CHECK(cache.hits({.va = ~u64{0}}));
  CHECK(cache.invalidate({.scope = core::Invalidation::Scope::kVa, .first = top, .last = ~u64{0}}).entries ==
        1);
}
