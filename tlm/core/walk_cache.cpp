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
  return occupied(slot) && e.shift == shift && e.prefix == prefix && e.space == space ? &e.table : nullptr;
}

void WalkCache::fill(const Ticket& ticket, u64 va, unsigned shift, const TablePointer& table) {
  if (ticket.barred_ || entries_.empty()) return;
  const u64 prefix = va >> shift;
  const std::size_t slot = slot_of(ticket.space_, prefix, shift);
  entries_[slot] = {static_cast<u8>(shift), ticket.space_, prefix, table};
  occupied_[slot / 64] |= u64{1} << slot % 64;
}

u32 WalkCache::invalidate(const Invalidation& what, bool leaf_only) {
  // No stage 1 leaves are held here.
  if (leaf_only && what.context != kStage2Context) return 0;
  for (Ticket* t = tickets_; t != nullptr; t = t->next_) t->barred_ |= same_space(t->space_, what);
  const bool by_va = what.scope == Invalidation::Scope::kVa;
  u32 dropped = 0;
  for (std::size_t word = 0; word < occupied_.size(); ++word) {
    for (u64 left = occupied_[word]; left != 0; left &= left - 1) {
      const Entry& e = entries_[word * 64 + static_cast<unsigned>(std::countr_zero(left))];
      if (!same_space(e.space, what) || (leaf_only && !e.table.leaf)) continue;
      const u64 first = e.prefix << e.shift, last = first | ((u64{1} << e.shift) - 1);
      if (by_va && (last < what.first || first > what.last)) continue;
      if (!of_level(what, e.shift, e.table.leaf)) continue;
      occupied_[word] &= ~(left & -left);
      ++dropped;
    }
  }
  return dropped;
}

}  // namespace smmu_vp::core
