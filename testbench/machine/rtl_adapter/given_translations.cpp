// What each invalidation covers, by the manual, and an index by leaf.
#include "testbench/machine/rtl_adapter/given_translations.h"

#include <algorithm>

namespace smmu_vp::tb {

namespace {

using Scope = core::Invalidation::Scope;

u64 last_of(u64 va, unsigned log2_size) {
  return va | ((u64{1} << log2_size) - 1);
}

bool leaf_overlaps(const core::Translation& entry, u64 first, u64 last) {
  const u64 leaf_last = last_of(entry.va, entry.leaf_log2_size);
  return (entry.va >> entry.leaf_log2_size << entry.leaf_log2_size) <= last && leaf_last >= first;
}

}  // namespace

bool answers(const GivenTranslation& given, const core::LookupKey& key) {
  const core::LookupKey& owner = given.owner;
  return owner.world == key.world && owner.vmid == key.vmid && owner.granule == key.granule &&
         (given.entry.global || owner.context == key.context);
}

bool is_part_of(const core::Translation& part, const core::Translation& whole) {
  return part.va >= whole.va && last_of(part.va, part.log2_size) <= last_of(whole.va, whole.log2_size) &&
         part.pa - whole.pa == part.va - whole.va && part.rights == whole.rights &&
         part.memory_attributes == whole.memory_attributes && part.shareability == whole.shareability &&
         (!part.global || whole.global);
}

bool covers(const core::Invalidation& what, const GivenTranslation& given) {
  const core::LookupKey& owner = given.owner;
  const core::Translation& entry = given.entry;
  if (!what.any_world && what.world != owner.world) return false;
  if (what.scope != Scope::kAll && what.vmid != owner.vmid) return false;
  if (what.scope == Scope::kAll || what.scope == Scope::kVmid) return true;
  const bool same_context = what.any_context || what.context == owner.context;
  if (what.scope == Scope::kContext) return same_context && !entry.global;
  // An invalidation that names granule and level need not remove other entries; a cache may.
  if (what.granule && *what.granule != owner.granule) return false;
  if (what.level != 0 && spec::vmsa::leaf_level(owner.granule, entry.leaf_log2_size) != what.level)
    return false;
  return (same_context || entry.global) && leaf_overlaps(entry, what.first, what.last);
}

void GivenTranslations::add(const GivenTranslation& given) {
  const u64 leaf = leaf_of(given.entry.va, given.entry.leaf_log2_size);
  const auto [first, last] = all_.equal_range(leaf);
  const bool known = std::any_of(first, last, [&](const auto& one) {
    return one.second.entry == given.entry && one.second.owner.context == given.owner.context &&
           answers(one.second, given.owner);
  });
  if (known) return;
  all_.emplace(leaf, given);
  ++of_size_[given.entry.leaf_log2_size];
}

bool GivenTranslations::any_around(u64 va, const std::function<bool(const GivenTranslation&)>& f) const {
  for (unsigned size = 0; size < of_size_.size(); ++size) {
    if (of_size_[size] == 0) continue;
    const auto [first, last] = all_.equal_range(leaf_of(va, size));
    if (std::any_of(first, last, [&](const auto& one) { return f(one.second); })) return true;
  }
  return false;
}

GivenTranslations::ByLeaf::iterator GivenTranslations::remove(
    ByLeaf::iterator at, const std::function<void(const GivenTranslation&)>& f) {
  f(at->second);
  --of_size_[at->second.entry.leaf_log2_size];
  return all_.erase(at);
}

void GivenTranslations::invalidate(const core::Invalidation& what,
                                   const std::function<void(const GivenTranslation&)>& f) {
  // A short range asks for its leaves, anything else looks at all.
  const bool by_va = what.scope == Scope::kVa && what.last >= what.first;
  if (!by_va || (what.last - what.first) >> 12 >= all_.size()) {
    for (auto at = all_.begin(); at != all_.end();)
      at = covers(what, at->second) ? remove(at, f) : std::next(at);
    return;
  }
  for (unsigned size = 0; size < of_size_.size(); ++size) {
    if (of_size_[size] == 0) continue;
    for (u64 leaf = what.first >> size; leaf <= what.last >> size; ++leaf) {
      auto [at, end] = all_.equal_range(leaf * 64 + size);
      while (at != end) at = covers(what, at->second) ? remove(at, f) : std::next(at);
    }
  }
}

}  // namespace smmu_vp::tb
