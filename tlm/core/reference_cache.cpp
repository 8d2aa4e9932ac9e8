// Misses, fills and invalidations of the reference translation cache.
#include "tlm/core/reference_cache.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace smmu_vp::core {

using namespace cache_tag;

namespace {

// What the entries of a group have in common. Global entries of a regime are a group of their own.
u64 group_of(u64 tag) {
  const u64 context = (tag & kGlobal) != 0 ? kGlobal : tag & kContextMask;
  return (tag & (kWorldMask | kVmidMask)) | context;
}

u64 span(unsigned log2_size) {
  return (u64{1} << log2_size) - 1;
}

bool overlaps(u64 va, unsigned log2_size, u64 first, u64 last) {
  return (va & ~span(log2_size)) <= last && (va | span(log2_size)) >= first;
}

}  // namespace

struct ReferenceCache::Match {
  explicit Match(const Invalidation& what) : by_va(what.scope == Invalidation::Scope::kVa) {
    using Scope = Invalidation::Scope;
    want = kValid | (u64{static_cast<u8>(what.world)} << kWorldShift) | (u64{what.vmid} << kVmidShift);
    care = kValid | (what.any_world ? 0 : kWorldMask);
    if (what.scope != Scope::kAll) care |= kVmidMask;
    if (what.scope == Scope::kContext) care |= kGlobal;  // 4.4.2: global entries are kept
    if (what.granule) {
      want |= u64{static_cast<u8>(*what.granule)} << kGranuleShift;
      care |= kGranuleMask;
    }
    want &= care;
    context = what.context & kContextMask;
    any_context = what.any_context || what.scope == Scope::kAll || what.scope == Scope::kVmid;
    if (by_va) first = what.first, last = what.last, level = what.level;
  }
  bool regime(u64 tag) const { return (tag & care) == want; }
  bool same_context(u64 tag) const { return any_context || (tag & kContextMask) == context; }
  // Groups that may hold covered entries.
  bool one_group() const { return !any_context && (care & kWorldMask) != 0; }
  u64 own_group() const { return (want & (kWorldMask | kVmidMask)) | context; }
  u64 global_group() const { return (want & (kWorldMask | kVmidMask)) | kGlobal; }
  bool takes_group(u64 group) const {
    return ((group ^ want) & care & (kWorldMask | kVmidMask | kGlobal)) == 0;
  }
  bool covers(u64 tag) const { return regime(tag) && (same_context(tag) || (by_va && (tag & kGlobal) != 0)); }

  bool by_va;
  u64 want = 0;
  u64 care = 0;
  u64 context = 0;
  bool any_context = false;
  u64 first = 0;
  u64 last = ~u64{0};
  int level = 0;
};

void ReferenceCache::Bank::set_tag(std::size_t slot, u64 tag) {
  u64& old = tags[slot];
  if (old == tag) return;
  const bool stays = old != 0 && tag != 0 && group_of(old) == group_of(tag);
  if (old != 0) {
    if (!stays) groups.erase(slot);
    --granules[static_cast<std::size_t>(granule_of(old))];
  }
  old = tag;
  if (tag != 0) {
    if (!stays) groups.insert({.slot = slot, .key = group_of(tag)});
    ++granules[static_cast<std::size_t>(granule_of(tag))];
  }
}

ReferenceCache::ReferenceCache(const CacheConfig& config, Replacement replacement)
    : config_(config),
      set_bits_(static_cast<unsigned>(std::countr_zero(config.sets))),
      page_replacer_(replacement, config.ways),
      block_replacer_(replacement, config.block_entries),
      pages_(std::size_t{config.sets} * config.ways),
      blocks_(config.block_entries),
      page_used_(config.sets),
      mshrs_(config.mshrs) {}

LookupResult ReferenceCache::lookup_block(const LookupKey& key, u64 tag) {
  for (unsigned slot = 0; slot < config_.block_entries; ++slot) {
    if (!same_context(blocks_.tags[slot], tag)) continue;
    if (((blocks_.vas[slot] ^ key.va) >> blocks_.entries[slot].log2_size) != 0) continue;
    block_used_ = block_replacer_.touched(block_used_, slot);
    return {.status = LookupStatus::kHit, .entry = blocks_.entries[slot], .mshr = 0};
  }
  return miss(key, tag);
}

LookupResult ReferenceCache::miss(const LookupKey& key, u64 tag) {
  for (u64 left = pending_; left != 0; left &= left - 1) {
    const auto i = static_cast<u8>(std::countr_zero(left));
    if (mshrs_[i].tag == tag && ((mshrs_[i].va ^ key.va) >> log2_bytes(key.granule)) == 0)
      return {.status = LookupStatus::kMerged, .entry = {}, .mshr = i};
  }
  const auto lowest_free = static_cast<u8>(std::countr_one(pending_));
  if (lowest_free >= config_.mshrs) return {.status = LookupStatus::kFull, .entry = {}, .mshr = 0};
  pending_ |= u64{1} << lowest_free;
  mshrs_[lowest_free] = Mshr{.tag = tag, .va = key.va};
  return {.status = LookupStatus::kMiss, .entry = {}, .mshr = lowest_free};
}

bool ReferenceCache::drops(const Mshr& mshr, const Translation& entry) const {
  return mshr.poisoned || (mshr.foreign_va && entry.global) ||
         overlaps(entry.va, entry.leaf_log2_size, mshr.hull_first, mshr.hull_last);
}

FillResult ReferenceCache::fill(u8 mshr, const Translation* entry_or_null) {
  assert(mshr < config_.mshrs && ((pending_ >> mshr) & 1) != 0);
  pending_ &= ~(u64{1} << mshr);
  const Mshr& owner = mshrs_[mshr];
  if (entry_or_null == nullptr) return {.dropped = true};
  if (drops(owner, *entry_or_null)) return {.dropped = true, .overtaken = true};
  const u64 tag = owner.tag | (entry_or_null->global ? kGlobal : 0);
  const unsigned page = log2_bytes(granule_of(tag));
  const bool is_page = entry_or_null->log2_size == page && entry_or_null->leaf_log2_size == page;
  return is_page ? fill_page(tag, *entry_or_null) : fill_block(tag, *entry_or_null);
}

void ReferenceCache::store(Bank& bank, std::size_t slot, u64 tag, const Translation& entry) {
  bank.set_tag(slot, tag);
  bank.vas[slot] = entry.va;
  bank.entries[slot] = entry;
}

FillResult ReferenceCache::fill_page(u64 tag, const Translation& entry) {
  const unsigned set = set_of(granule_of(tag), entry.va);
  const std::size_t base = std::size_t{set} * config_.ways;
  unsigned place = config_.ways;
  unsigned invalid = config_.ways;
  for (unsigned way = config_.ways; way-- != 0;) {
    const u64 resident = pages_.tags[base + way];
    if (resident == 0) {
      invalid = way;
    } else if (pages_.vas[base + way] == entry.va && same_context(resident, tag)) {
      pages_.set_tag(base + way, 0);
      place = way;
    }
  }
  u64& used = page_used_[set];
  if (place == config_.ways) place = invalid != config_.ways ? invalid : page_replacer_.victim(used);
  store(pages_, base + place, tag, entry);
  used = page_replacer_.touched(used, place);
  return {.dropped = false, .block_bank = false, .set = static_cast<u16>(set), .way = static_cast<u8>(place)};
}

FillResult ReferenceCache::fill_block(u64 tag, const Translation& entry) {
  const unsigned count = config_.block_entries;
  unsigned place = count;
  unsigned invalid = count;
  for (unsigned slot = count; slot-- != 0;) {
    const u64 resident = blocks_.tags[slot];
    if (resident == 0) {
      invalid = slot;
    } else if (same_context(resident, tag) && overlaps(blocks_.vas[slot], blocks_.entries[slot].log2_size,
                                                       entry.va, entry.va | span(entry.log2_size))) {
      blocks_.set_tag(slot, 0);
      place = slot;
    }
  }
  if (place == count) place = invalid != count ? invalid : block_replacer_.victim(block_used_);
  store(blocks_, place, tag, entry);
  block_used_ = block_replacer_.touched(block_used_, place);
  return {.dropped = false, .block_bank = true, .set = 0, .way = static_cast<u8>(place)};
}

u32 ReferenceCache::drop_if_covered(Bank& bank, std::size_t slot, const Match& match) {
  if (!match.covers(bank.tags[slot])) return 0;
  // A VA in any part of the stage-1 leaf invalidates the whole leaf, even if only part of it is cached here.
  if (match.by_va && !overlaps(bank.vas[slot], bank.entries[slot].leaf_log2_size, match.first, match.last))
    return 0;
  if (match.level != 0 &&
      spec::vmsa::leaf_level(granule_of(bank.tags[slot]), bank.entries[slot].leaf_log2_size) != match.level)
    return 0;
  bank.set_tag(slot, 0);
  return 1;
}

u32 ReferenceCache::invalidate_bank(Bank& bank, const Match& match) {
  u32 dropped = 0;
  const auto drop = [&](std::size_t slot) { dropped += drop_if_covered(bank, slot, match); };
  if (match.one_group()) {
    bank.groups.each_of(match.own_group(), drop);
    if (match.by_va) bank.groups.each_of(match.global_group(), drop);
  } else {
    bank.groups.each_where([&](u64 group) { return match.takes_group(group); }, drop);
  }
  return dropped;
}

InvalidateResult ReferenceCache::invalidate(const Invalidation& what) {
  const Match match(what);
  InvalidateResult result;
  result.entries = invalidate_pages(match) + invalidate_bank(blocks_, match);
  if (config_.bug != HardwareBug::kFillOutlivesInvalidation) result.mshrs_poisoned = poison(match);
  return result;
}

u32 ReferenceCache::invalidate_pages(const Match& match) {
  const u64 pages = (match.last >> 12) - (match.first >> 12);
  if (!match.by_va || match.last < match.first || pages >= config_.sets / 4)
    return invalidate_bank(pages_, match);
  // For a short range, only the sets that its pages index are searched, for each granule that is there.
  u32 dropped = 0;
  for (const Granule granule : {Granule::k4K, Granule::k16K, Granule::k64K}) {
    if (pages_.granules[static_cast<std::size_t>(granule)] == 0) continue;
    const unsigned shift = log2_bytes(granule);
    for (u64 page = match.first >> shift; page <= match.last >> shift; ++page) {
      const std::size_t base = std::size_t{set_of(granule, page << shift)} * config_.ways;
      for (std::size_t slot = base; slot < base + config_.ways; ++slot)
        if (match.covers(pages_.tags[slot])) dropped += drop_if_covered(pages_, slot, match);
    }
  }
  return dropped;
}

u32 ReferenceCache::poison(const Match& match) {
  u32 poisoned = 0;
  for (u64 left = pending_; left != 0; left &= left - 1) {
    Mshr& mshr = mshrs_[static_cast<unsigned>(std::countr_zero(left))];
    if (!match.regime(mshr.tag)) continue;
    if (!match.same_context(mshr.tag)) {
      mshr.foreign_va |= match.by_va;
      continue;
    }
    if (match.by_va) {
      mshr.hull_first = std::min(mshr.hull_first, match.first);
      mshr.hull_last = std::max(mshr.hull_last, match.last);
    }
    if (mshr.poisoned || !overlaps(mshr.va, log2_bytes(granule_of(mshr.tag)), match.first, match.last))
      continue;
    mshr.poisoned = true;
    ++poisoned;
  }
  return poisoned;
}

ReferenceCache::Slot ReferenceCache::slot(bool block_bank, unsigned set, unsigned way) const {
  const Bank& bank = block_bank ? blocks_ : pages_;
  const std::size_t at = block_bank ? way : std::size_t{set} * config_.ways + way;
  const u64 tag = bank.tags[at];
  if (tag == 0) return {};
  return {.valid = true,
          .world = static_cast<World>((tag & kWorldMask) >> kWorldShift),
          .vmid = static_cast<u16>((tag & kVmidMask) >> kVmidShift),
          .context = static_cast<u32>(tag & kContextMask),
          .granule = granule_of(tag),
          .entry = bank.entries[at]};
}

}  // namespace smmu_vp::core
