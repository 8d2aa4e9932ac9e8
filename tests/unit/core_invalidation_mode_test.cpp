// What a TLB invalidation removes where it removes the least that 4.4 requires, and where it removes more.
#include <doctest/doctest.h>

#include "tests/support/commands.h"
#include "tests/unit/core_config.h"
#include "tlm/core/config_cache.h"
#include "tlm/core/invalidate_mode.h"
#include "tlm/core/reference_cache.h"

namespace smmu_vp::test {

using namespace core;

namespace {

constexpr u16 kAsid = 7;
constexpr u64 kVa = 0x4000'0000;
constexpr unsigned k4K = 1, k16K = 2, k64K = 3;  // TG (4.4.1.1)

// A TLB and a walk cache of one address space, and an SMMU of some mode that invalidates them.
class Caches {
 public:
  explicit Caches(InvalidateMode mode) : mode_(mode) {}

  void fill(u64 va, u8 log2_size, Granule granule = Granule::k4K, u16 asid = kAsid) {
    const LookupKey key{.context = asid, .granule = granule, .va = va};
    const LookupResult miss = tlb_.lookup(key);
    REQUIRE(miss.status == LookupStatus::kMiss);
    const Translation entry{
        .va = va, .pa = va, .log2_size = log2_size, .leaf_log2_size = log2_size, .rights = {}};
    tlb_.fill(miss.mshr, &entry);
  }
  bool has(u64 va, Granule granule = Granule::k4K, u16 asid = kAsid) {
    const LookupResult found = tlb_.lookup({.context = asid, .granule = granule, .va = va});
    if (found.status == LookupStatus::kMiss) tlb_.fill(found.mshr, nullptr);
    return found.status == LookupStatus::kHit;
  }

  // A table descriptor at this level of a 4KB table.
  void fill_table(u64 va, int level) {
    const WalkCache::Ticket ticket(tables_, space_);
    tables_.fill(ticket, va, spec::vmsa::level_shift(Granule::k4K, level),
                 {.address = 0x9000, .hierarchy = {}});
  }
  bool has_table(u64 va, int level) const {
    return tables_.find(space_, va, spec::vmsa::level_shift(Granule::k4K, level)) != nullptr;
  }

  void invalidate(const cmd::Command& command) {
    const SmmuFeatures features{.s2 = true};
    const auto removed = removed_by(tlb_scope({command}, features), mode_);
    if (!removed) return;
    tables_.invalidate(removed->what, removed->leaf_only);
    tlb_.invalidate(removed->what);
  }

 private:
  InvalidateMode mode_;
  ReferenceCache tlb_{{}};
  WalkCache tables_{64};
  WalkCache::Space space_{.asid = kAsid};
};

}  // namespace

TEST_CASE("TG spares entries of another granule, if the least is removed") {
  for (const auto& [mode, spared] :
       {std::pair{InvalidateMode::kMinimal, true}, {InvalidateMode::kExact, false}}) {
    Caches caches(mode);
    caches.fill(kVa, 16, Granule::k64K);
    caches.fill(kVa, 12);
    caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.tg = k4K, .num = 31}));
    CHECK(caches.has(kVa, Granule::k64K) == spared);
    CHECK_FALSE(caches.has(kVa));
  }
}

TEST_CASE("TTL spares leaves of another level, if the least is removed") {
  for (const auto& [mode, spared] :
       {std::pair{InvalidateMode::kMinimal, true}, {InvalidateMode::kExact, false}}) {
    Caches caches(mode);
    caches.fill(kVa, 12);
    caches.fill(kVa + 0x20'0000, 21);
    caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.tg = k4K, .num = 1, .scale = 9, .ttl = 2}));
    CHECK(caches.has(kVa) == spared);
    CHECK_FALSE(caches.has(kVa + 0x20'0000));
  }
}

TEST_CASE("a leaf of a contiguous group has the level of its descriptors") {
  Caches caches(InvalidateMode::kMinimal);
  caches.fill(kVa, 16);  // sixteen pages of 4 KB
  caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.tg = k4K, .num = 15, .ttl = 3}));
  CHECK_FALSE(caches.has(kVa));
}

TEST_CASE("TTL 1 of a 16KB granule is Reserved and counts as no hint") {
  Caches caches(InvalidateMode::kMinimal);
  caches.fill(kVa, 14, Granule::k16K);
  caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.tg = k16K, .num = 1, .ttl = 1}));
  CHECK_FALSE(caches.has(kVa, Granule::k16K));
}

TEST_CASE("without TG an entry of any granule and level goes") {
  Caches caches(InvalidateMode::kMinimal);
  caches.fill(kVa, 12);
  caches.fill(kVa, 16, Granule::k64K);
  caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa));
  CHECK_FALSE(caches.has(kVa));
  CHECK_FALSE(caches.has(kVa, Granule::k64K));
}

// 4.4.1.1: the range is UNPREDICTABLE, so it may be empty.
TEST_CASE("an address that is not aligned to TG and TTL need not remove anything") {
  struct Case {
    unsigned tg, ttl;
    u64 aligned_to;
    Granule granule;
    u8 leaf;
  };
  for (const Case& c :
       {Case{k4K, 2, 0x20'0000, Granule::k4K, 21}, Case{k4K, 1, 0x4000'0000, Granule::k4K, 30},
        Case{k16K, 3, 0x4000, Granule::k16K, 14}, Case{k16K, 0, 0x4000, Granule::k16K, 14},
        Case{k16K, 2, 0x200'0000, Granule::k16K, 25}, Case{k64K, 0, 0x1'0000, Granule::k64K, 16},
        Case{k64K, 2, 0x2000'0000, Granule::k64K, 29}}) {
    CAPTURE(c.tg);
    CAPTURE(c.ttl);
    const cmd::Span span{.tg = c.tg, .num = 1, .ttl = c.ttl};
    Caches caches(InvalidateMode::kMinimal);
    caches.fill(kVa, c.leaf, c.granule);
    caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa + 0x1000, span));
    CHECK(caches.has(kVa, c.granule));
    caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa & ~(c.aligned_to - 1), span));
    CHECK_FALSE(caches.has(kVa, c.granule));
  }
}

// 4.4.1.1: for TTL 2 and Leaf 0, level 0 and level 1 table entries; not level 2's.
TEST_CASE("of table descriptors those above the level that TTL names go") {
  Caches caches(InvalidateMode::kMinimal);
  for (const int level : {0, 1, 2}) caches.fill_table(kVa, level);
  caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.tg = k4K, .num = 1, .ttl = 2}));
  CHECK_FALSE(caches.has_table(kVa, 0));
  CHECK_FALSE(caches.has_table(kVa, 1));
  CHECK(caches.has_table(kVa, 2));
  caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.tg = k4K, .num = 1, .scale = 1}));
  CHECK_FALSE(caches.has_table(kVa, 2));
}

TEST_CASE("table descriptors of another granule than TG stay") {
  Caches caches(InvalidateMode::kMinimal);
  caches.fill_table(kVa, 2);
  caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.tg = k64K, .num = 1}));
  CHECK(caches.has_table(kVa, 2));
}

TEST_CASE("Leaf spares table descriptors, unless more is removed") {
  for (const InvalidateMode mode :
       {InvalidateMode::kExact, InvalidateMode::kMinimal, InvalidateMode::kGenerous}) {
    Caches caches(mode);
    caches.fill(kVa, 12);
    caches.fill_table(kVa, 2);
    caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {.leaf = true}));
    CHECK_FALSE(caches.has(kVa));
    CHECK(caches.has_table(kVa, 2) == (mode != InvalidateMode::kGenerous));
  }
}

TEST_CASE("a command by address or ASID removes its whole VMID, if more is removed") {
  for (const cmd::Command& command : {cmd::tlbi_nh_va(kAsid, kVa), cmd::tlbi_nh_asid(kAsid)}) {
    for (const auto& [mode, stays] :
         {std::pair{InvalidateMode::kGenerous, false}, {InvalidateMode::kExact, true}}) {
      Caches caches(mode);
      caches.fill(kVa + 0x5000, 12, Granule::k4K, kAsid + 1);
      caches.invalidate(command);
      CHECK(caches.has(kVa + 0x5000, Granule::k4K, kAsid + 1) == stays);
    }
  }
}

// 4.4.3.1: combined entries go by CMD_TLBI_NH_VAA or _ALL.
TEST_CASE("CMD_TLBI_S2_IPA leaves combined entries of both stages, unless more is removed") {
  for (const auto& [mode, stays] : {std::pair{InvalidateMode::kExact, true},
                                    {InvalidateMode::kMinimal, true},
                                    {InvalidateMode::kGenerous, false}}) {
    Caches caches(mode);
    caches.fill(kVa, 12);
    caches.invalidate(cmd::tlbi_s2_ipa(0, kVa));
    CHECK(caches.has(kVa) == stays);
  }
}

TEST_CASE("entries of another VMID stay however much is removed") {
  Caches caches(InvalidateMode::kGenerous);
  caches.fill(kVa, 12);
  caches.invalidate(cmd::tlbi_nh_va(kAsid, kVa, {}, 3));
  CHECK(caches.has(kVa));
}

// 4.3.1, 4.3.3: with Leaf set, first-level descriptors need not be removed.
TEST_CASE("Leaf spares first-level descriptors, if the least is removed") {
  constexpr u64 kLeaf = 0x8'0000, kOtherLeaf = 0x9'0000;
  const auto old_table_used = [](InvalidateMode mode, bool leaf) {
    ConfigTables f(0x1'0000 | 8 << 6 | 16);  // FMT two-level, SPLIT 8
    ConfigCache cache(16, mode);
    const auto bypasses = [&] {
      return fetch_into(cache, f.lookup, 2, ConfigCache::kStreamOnly, cache.epoch())->stream.path ==
             StreamConfig::Path::kBypass;
    };
    f.memory.words[kStrtab] = kLeaf | 9;
    f.memory.words[kLeaf + 64 * 2] = ste::kBypass | ste::V;
    f.memory.words[kOtherLeaf + 64 * 2] = kSte0 | kCds;
    REQUIRE(bypasses());
    f.memory.words[kStrtab] = kOtherLeaf | 9;
    cache.invalidate_streams(2, 2, leaf);
    return bypasses();
  };
  CHECK(old_table_used(InvalidateMode::kMinimal, true));
  CHECK_FALSE(old_table_used(InvalidateMode::kMinimal, false));
  CHECK_FALSE(old_table_used(InvalidateMode::kExact, true));
}

TEST_CASE(
    "without Leaf a CMD_CFGI_CD removes one CD and its first-level descriptor, if the least is removed") {
  constexpr u64 kLeaf = 0x8'0000, kOtherLeaf = 0x9'0000;
  constexpr u32 kNamed = 1, kBeside = 2;
  ConfigTables f;
  f.ste(5, kSte0 | kCds | ste::s1_cd_max(8) | ste::s1_fmt(1));
  ConfigCache cache(16, InvalidateMode::kMinimal);
  const auto asid = [&](u32 ssid) {
    ConfigRef found = cache.find(5, ssid);
    if (!found) found = fetch_into(cache, f.lookup, 5, ssid, cache.epoch());
    return found->context.asid;
  };
  f.memory.words[kCds] = kLeaf | 1;
  for (const u32 ssid : {kNamed, kBeside}) {
    f.memory.words[kLeaf + 64 * ssid] = kCd0;
    f.memory.words[kOtherLeaf + 64 * ssid] = kCd0 ^ cd::asid(1);
    REQUIRE(asid(ssid) == 0x42);
  }
  f.memory.words[kCds] = kOtherLeaf | 1;
  cache.invalidate_context(5, kNamed, true);
  CHECK(asid(kNamed) == 0x42);  // found through the descriptor that is kept
  cache.invalidate_context(5, kNamed, false);
  CHECK(asid(kNamed) == 0x43);
  CHECK(asid(kBeside) == 0x42);
  cache.invalidate_streams(5, 5, true);  // which takes the CDs and their descriptors along
  CHECK(asid(kBeside) == 0x43);
}

}  // namespace smmu_vp::test
