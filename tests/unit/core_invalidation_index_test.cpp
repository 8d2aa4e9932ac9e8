// Invalidations of the walk cache and the configuration cache against a search of every entry: the same ones go,
// whatever the cache holds and however the invalidation finds them.
#include <doctest/doctest.h>

#include <set>
#include <tuple>

#include "tlm/core/config_cache.h"
#include "tlm/core/walk_cache.h"

namespace smmu_vp::test {

namespace {

using Scope = core::Invalidation::Scope;

class Random {
 public:
  u64 below(u64 n) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % n;
  }

 private:
  u64 state_ = 0x9E37'79B9'7F4A'7C15;
};

using Walked =
    std::tuple<u8, u16, u16, bool, u64, unsigned, bool>;  // world, VMID, ASID, stage 2, VA, shift, leaf

std::set<Walked> contents(const core::WalkCache& cache) {
  std::set<Walked> all;
  cache.each([&](const core::WalkCache::Space& s, u64 va, unsigned shift, const core::TablePointer& t) {
    all.emplace(static_cast<u8>(s.world), s.vmid, s.asid, s.stage2, va, shift, t.leaf);
  });
  return all;
}

// 4.4.2: by VMID everything of it; by ASID its stage 1; by VA what overlaps; Leaf keeps tables. A VA without an ASID names
// every ASID.
bool covered(const Walked& entry, const core::Invalidation& what, bool leaf_only) {
  const auto& [world, vmid, asid, stage2, va, shift, leaf] = entry;
  if (!what.any_world && world != static_cast<u8>(what.world)) return false;
  if (leaf_only && !leaf) return false;
  if (what.scope == Scope::kAll) return true;
  if (vmid != what.vmid) return false;
  if (what.scope == Scope::kVmid) return true;
  const bool ipa = what.context == core::kStage2Context;
  if (stage2 != ipa || (!ipa && !what.any_context && asid != what.context)) return false;
  const u64 last = va | ((u64{1} << shift) - 1);
  return what.scope == Scope::kContext || (va <= what.last && last >= what.first);
}

core::Invalidation invalidation(Random& random) {
  core::Invalidation what;
  what.scope = static_cast<Scope>(random.below(4));
  what.world = random.below(4) == 0 ? core::World::kNsEl2 : core::World::kNsEl1;
  what.any_world = what.scope == Scope::kAll && random.below(2) == 0;
  what.vmid = static_cast<u16>(random.below(3));
  what.any_context = what.scope == Scope::kVa && random.below(3) == 0;
  what.context = what.any_context ? 0 : static_cast<u32>(random.below(4));
  if (what.scope == Scope::kVa) {
    if (!what.any_context && random.below(3) == 0) what.context = core::kStage2Context;
    what.first = random.below(1 << 12) << 20;
    constexpr u64 kLengths[] = {0xFFF, 0x1'FFFF, 0xFF'FFFF, 0xFFFF'FFFF, ~u64{0}};
    const u64 length = kLengths[random.below(5)];
    what.last = length > ~what.first ? ~u64{0} : what.first + length;
  }
  return what;
}

}  // namespace

TEST_CASE("an invalidation removes from the walk cache what its scope covers and nothing else") {
  Random random;
  for (const unsigned entries : {1u, 64u, 1024u}) {
    core::WalkCache cache(entries);
    for (unsigned round = 0; round < 500; ++round) {
      for (unsigned fills = 0; fills < entries / 16 + 1; ++fills) {
        const bool stage2 = random.below(3) == 0;
        const core::WalkCache::Space space{
            .world = random.below(4) == 0 ? core::World::kNsEl2 : core::World::kNsEl1,
            .vmid = static_cast<u16>(random.below(3)),
            .asid = stage2 ? u16{0} : static_cast<u16>(random.below(4)),
            .stage2 = stage2};
        constexpr unsigned kShifts[] = {12, 21, 30, 39};
        const unsigned shift = kShifts[random.below(4)];
        const core::WalkCache::Ticket ticket(cache, space);
        cache.fill(ticket, random.below(1 << 12) << 20, shift,
                   {.address = 0x1000, .hierarchy = {}, .leaf = stage2 && shift == 12});
      }
      const core::Invalidation what = invalidation(random);
      const bool leaf_only = what.scope == Scope::kVa && random.below(2) == 0;
      std::set<Walked> expected = contents(cache);
      const std::size_t gone =
          std::erase_if(expected, [&](const Walked& e) { return covered(e, what, leaf_only); });
      REQUIRE(cache.invalidate(what, leaf_only) == gone);
      REQUIRE(contents(cache) == expected);
    }
  }
}

TEST_CASE("an invalidation removes from the configuration cache what its command names and nothing else") {
  using core::ConfigCache;
  using Held = std::pair<u32, u32>;  // StreamID, selector
  Random random;
  const auto contents_of = [](const ConfigCache& cache) {
    std::set<Held> all;
    cache.each([&](u32 sid, u32 selector, const core::Configuration&) { all.emplace(sid, selector); });
    return all;
  };
  for (const unsigned entries : {4u, 64u, 512u}) {
    ConfigCache cache(entries);
    const core::ConfigRef any{core::Configuration{}};
    for (unsigned round = 0; round < 500; ++round) {
      for (unsigned fills = 0; fills < entries / 16 + 1; ++fills) {
        const u64 kind = random.below(4);
        const u32 selector = kind == 0   ? ConfigCache::kStreamOnly
                             : kind == 1 ? ConfigCache::kNoSubstream
                                         : static_cast<u32>(random.below(8));
        cache.fill(static_cast<u32>(random.below(16)), selector, any, cache.epoch());
      }
      std::set<Held> expected = contents_of(cache);
      const auto first = static_cast<u32>(random.below(16)), ssid = static_cast<u32>(random.below(8));
      const u64 which = random.below(4);
      const u32 last = first + static_cast<u32>(random.below(2) == 0 ? 0 : random.below(40));
      std::erase_if(expected, [&](const Held& held) {
        const auto& [sid, selector] = held;
        const bool context = sid == first && selector != ConfigCache::kStreamOnly;
        if (which == 0)
          return sid >= first && sid <= last;  // CMD_CFGI_STE, CMD_CFGI_STE_RANGE (4.3.1, 4.3.2)
        if (which == 1) return context;        // CMD_CFGI_CD_ALL (4.3.4)
        // CMD_CFGI_CD (4.3.3): without Leaf the L1CD too, and so every CD found through it.
        const bool this_one = selector == ssid || (ssid == 0 && selector == ConfigCache::kNoSubstream);
        return context && (which == 2 || this_one);
      });
      if (which == 0) cache.invalidate_streams(first, last, true);
      if (which == 1) cache.invalidate_contexts(first);
      if (which >= 2) cache.invalidate_context(first, ssid, which == 3);
      REQUIRE(contents_of(cache) == expected);
    }
  }
}

}  // namespace smmu_vp::test
