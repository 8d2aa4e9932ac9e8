// Entries that memory does not grant: since when an invalidation of each is owed, and when their turn to be compared comes.
#include "testbench/observe/monitors/hardware/translation_shadow.h"

namespace smmu_vp::tb {

void TranslationShadow::set_stale(Id id, const MemoryChange& change) {
  CachedEntry& e = table_[id];
  e.change = change;
  e.uses = 0;
  stale_places_[id] = static_cast<u32>(stale_.size());
  stale_.push_back(id);
  owe(id, change.seen_ps);
}

// From `t_ps` on an invalidation is owed.
void TranslationShadow::owe(Id id, u64 t_ps) {
  table_[id].owed_ps = t_ps;
  due_.push_back({id, t_ps});
}

void TranslationShadow::clear_stale(Id id) {
  const u32 place = *stale_places_.find(id);
  const Id moved = stale_.back();
  stale_[place] = moved;
  stale_places_[moved] = place;
  stale_.pop_back();
  stale_places_.erase(id);
}

// A few comparisons at each event, so that every entry's turn comes soon.
void TranslationShadow::look_round(u64 t_ps) {
  accuse_overdue(t_ps);
  if (table_.slots() == 0) return;
  constexpr unsigned kMostSlots = 8;
  for (unsigned i = 0; i < kMostSlots; ++i) {
    next_look_ = next_look_ + 1 >= table_.slots() ? 0 : next_look_ + 1;
    if (table_.holds(next_look_)) return compare(next_look_, t_ps);
  }
}

void TranslationShadow::accuse_overdue(u64 t_ps) {
  while (next_due_ < due_.size() && due_[next_due_].since_ps + machine_.grace_ps < t_ps) {
    const Due due = due_[next_due_++];
    if (!table_.holds(due.id)) continue;
    CachedEntry& e = table_[due.id];
    if (!e.change || e.owed_ps != due.since_ps || e.accused || e.leaving != Leaving::kNo) continue;
    compare(due.id, t_ps);
    if (!e.change) continue;
    e.accused = true;
    tell(overdue_, e, t_ps);
  }
  if (next_due_ == due_.size()) {
    due_.clear();
    next_due_ = 0;
  }
}

}  // namespace smmu_vp::tb
