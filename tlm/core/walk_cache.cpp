// Direct-mapped, one entry a slot.
#include "tlm/core/walk_cache.h"

namespace smmu_vp::core {

namespace {

bool same_space(const WalkCache::Space& s, const Invalidation& what) {
  using Scope = Invalidation::Scope;
  if (!what.any_world && s.world != what.world) return false;
  if (what.scope == Scope::kAll) return true;
  if (s.vmid != what.vmid) return false;
  return what.scope == Scope::kVmid || what.any_context || s.asid == what.context;
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
  const u64 mixed = prefix ^ (prefix >> 9) ^ (u64{s.asid} << 2) ^ u64 { shift } ^ u64 { s.vmid };
  return mixed & (entries_.size() - 1);
}

const TablePointer* WalkCache::find(const Space& space, u64 va, unsigned shift) const {
  if (entries_.empty()) return nullptr;
  const u64 prefix = va >> shift;
  const Entry& e = entries_[slot_of(space, prefix, shift)];
  return e.valid && e.shift == shift && e.prefix == prefix && e.space == space ? &e.table : nullptr;
}

void WalkCache::fill(const Ticket& ticket, u64 va, unsigned shift, const TablePointer& table) {
  if (ticket.barred_ || entries_.empty()) return;
  const u64 prefix = va >> shift;
  entries_[slot_of(ticket.space_, prefix, shift)] = {true, static_cast<u8>(shift), ticket.space_, prefix,
                                                     table};
}

u32 WalkCache::invalidate(const Invalidation& what, bool leaf_only) {
  if (leaf_only) return 0;
  for (Ticket* t = tickets_; t != nullptr; t = t->next_) t->barred_ |= same_space(t->space_, what);
  const bool by_va = what.scope == Invalidation::Scope::kVa;
  u32 dropped = 0;
  for (Entry& e : entries_) {
    if (!e.valid || !same_space(e.space, what)) continue;
    const u64 first = e.prefix << e.shift, last = first | ((u64{1} << e.shift) - 1);
    if (by_va && (last < what.first || first > what.last)) continue;
    e.valid = false;
    ++dropped;
  }
  return dropped;
}

}  // namespace smmu_vp::core
