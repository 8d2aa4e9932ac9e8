// The translations that a cache may answer with: each was given to it by a fill, and no invalidation that covers it has
// taken effect since the walk that found it began. Knows no organisation: nothing is ever evicted.
#pragma once

#include <array>
#include <functional>
#include <unordered_map>

#include "tlm/core/translation_cache.h"

namespace smmu_vp::tb {

struct GivenTranslation {
  core::LookupKey owner;  // the lookup whose walk found it
  core::Translation entry;
  u64 filled = 0;  // order of the fill
};

// Whether a lookup of this context may be answered with it.
bool answers(const GivenTranslation& given, const core::LookupKey& key);
// Whether `part` maps the addresses that it claims as the whole does, with the same rights and attributes.
bool is_part_of(const core::Translation& part, const core::Translation& whole);
// Whether the invalidation covers a translation of this context (4.4.2: global entries are left out by ASID, and
// included by VA whatever their ASID; a VA anywhere in the stage-1 leaf covers all of it).
bool covers(const core::Invalidation& what, const GivenTranslation& given);

class GivenTranslations {
 public:
  void add(const GivenTranslation& given);
  // Calls f for each whose stage-1 leaf contains the address, until f returns true; returns whether it did.
  bool any_around(u64 va, const std::function<bool(const GivenTranslation&)>& f) const;
  // Removes all that the invalidation covers, and calls f for each.
  void invalidate(const core::Invalidation& what, const std::function<void(const GivenTranslation&)>& f);

 private:
  // By leaf, as both lookups and invalidations ask for an address in one.
  using ByLeaf = std::unordered_multimap<u64, GivenTranslation>;
  static u64 leaf_of(u64 va, unsigned log2_size) { return (va >> log2_size) * 64 + log2_size; }
  ByLeaf::iterator remove(ByLeaf::iterator at, const std::function<void(const GivenTranslation&)>& f);

  ByLeaf all_;
  std::array<u64, 64> of_size_{};  // how many have a leaf of 2^index bytes
};

}  // namespace smmu_vp::tb
