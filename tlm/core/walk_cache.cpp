// The walk cache is direct-mapped, one entry per slot.
#include "tlm/core/walk_cache.h"

#include <bit>

namespace smmu_vp::core {

namespace {

bool same_space(const WalkCache::Space& s, const Invalidation& what) {
  using Scope = Invalidation::Scope;
  if (!what.any_world && s.world != what.world) return false;
  if (what.scope == Scope::kAll) return true;
  if (s.vmid != what.vmid) return false;
  if (s.stage2) return what.scope == Scope::kVmid || what.context == kStage2Context;
  return what.scope == Scope::kVmid || what.any_context || s.asid == what.context;
}

// A space as a number, and back.
u64 key_of(const WalkCache::Space& s) {
  return u64{s.stage2} << 34 | u64{static_cast<u8>(s.world)} << 32 | u64{s.vmid} << 16 | s.asid;
}
WalkCache::Space space_of(u64 key) {
  return {.world = static_cast<World>(key >> 32 & 3),
          .vmid = static_cast<u16>(key >> 16),
          .asid = static_cast<u16>(key),
          .stage2 = key >> 34 != 0};
}

// The only space that is concerned; none if there may be several.
std::optional<WalkCache::Space> only_space(const Invalidation& what) {
  using Scope = Invalidation::Scope;
  const bool one =
      (what.scope == Scope::kContext || what.scope == Scope::kVa) && !what.any_context && !what.any_world;
  if (!one) return std::nullopt;
  if (what.context == kStage2Context)
    return WalkCache::Space{.world = what.world, .vmid = what.vmid, .asid = 0, .stage2 = true};
  return WalkCache::Space{.world = what.world, .vmid = what.vmid, .asid = static_cast<u16>(what.context)};
}

// Of the granule that is named; of its levels a leaf's own, and for table descriptors those above it (4.4.1.1).
bool of_level(const Invalidation& what, unsigned shift, bool leaf) {
  if (!what.granule) return true;
  const int level = spec::vmsa::leaf_level(*what.granule, shift);
  if (spec::vmsa::level_shift(*what.granule, level) != shift) return false;
  return what.level == 0 || (leaf ? level == what.level : level < what.level);
}

}  // namespace

WalkCache::Ticket::Ticket(WalkCache& cache, const Space& space)
    : cache_(cache), space_(space), next_(cache.tickets_) {
  if (next_ != nullptr) next_->previous_ = this;
  cache.tickets_ = this;
}

WalkCache::Ticket::~Ticket() {
  (previous_ != nullptr ? previous_->next_ : cache_.tickets_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

std::size_t WalkCache::slot_of(const Space& s, u64 prefix, unsigned shift) const {
  const u64 mixed = prefix ^ (prefix >> 9) ^ (u64{s.asid} << 2) ^ u64 { shift } ^ u64 { s.vmid } ^
                    (s.stage2 ? u64{0x2A} : 0);
  return mixed & (entries_.size() - 1);
}

const TablePointer* WalkCache::find(const Space& space, u64 va, unsigned shift) const {
  if (entries_.empty()) return nullptr;
  const u64 prefix = va >> shift;
  const std::size_t slot = slot_of(space, prefix, shift);
  const Entry& e = entries_[slot];
  return e.shift == shift && e.prefix == prefix && e.space == space ? &e.table : nullptr;
}

void WalkCache::fill(const Ticket& ticket, u64 va, unsigned shift, const TablePointer& table) {
  if (ticket.barred_ || entries_.empty()) return;
  const u64 prefix = va >> shift;
  const std::size_t slot = slot_of(ticket.space_, prefix, shift);
  set(slot, {static_cast<u8>(shift), ticket.space_, prefix, table});
}

void WalkCache::set(std::size_t slot, const Entry& entry) {
  Entry& old = entries_[slot];
  if (old.shift != 0) {
    spaces_.erase(slot);
    if (--of_shift_[old.shift] == 0) shifts_ &= ~(u64{1} << old.shift);
  }
  old = entry;
  if (entry.shift != 0) {
    spaces_.insert({.slot = slot, .key = key_of(entry.space)});
    if (of_shift_[entry.shift]++ == 0) shifts_ |= u64{1} << entry.shift;
  }
}

template <typename Drop>
void WalkCache::each_candidate(const Invalidation& what, Drop&& drop) {
  const std::optional<Space> space = only_space(what);
  if (!space) return spaces_.each_where([&](u64 key) { return same_space(space_of(key), what); }, drop);
  // A few pages can only be in as many slots of each shift.
  constexpr u64 kFew = 16;
  const bool few = what.scope == Invalidation::Scope::kVa && what.first <= what.last && shifts_ != 0 &&
                   (what.last - what.first) >> std::countr_zero(shifts_) < kFew;
  if (!few) return spaces_.each_of(key_of(*space), drop);
  for (u64 left = shifts_; left != 0; left &= left - 1) {
    const auto shift = static_cast<unsigned>(std::countr_zero(left));
    for (u64 prefix = what.first >> shift; prefix <= what.last >> shift; ++prefix) {
      const std::size_t slot = slot_of(*space, prefix, shift);
      const Entry& e = entries_[slot];
      if (e.shift == shift && e.prefix == prefix && e.space == *space) drop(slot);
    }
  }
}

u32 WalkCache::invalidate(const Invalidation& what, bool leaf_only) {
  // No stage 1 leaves are held here.
  if (leaf_only && what.context != kStage2Context) return 0;
  for (Ticket* t = tickets_; t != nullptr; t = t->next_) t->barred_ |= same_space(t->space_, what);
  const bool by_va = what.scope == Invalidation::Scope::kVa;
  u32 dropped = 0;
  each_candidate(what, [&](std::size_t slot) {
    const Entry& e = entries_[slot];
    if (leaf_only && !e.table.leaf) return;
    const u64 first = e.prefix << e.shift, last = first | ((u64{1} << e.shift) - 1);
    if (by_va && (last < what.first || first > what.last)) return;
    if (!of_level(what, e.shift, e.table.leaf)) return;
    set(slot, {});
    ++dropped;
  });
  return dropped;
}

}  // namespace smmu_vp::core
