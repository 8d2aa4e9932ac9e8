// Entries with the same tags form a group; a group's entries are found by size and address.
#include "testbench/observe/monitors/hardware/translation_table.h"

#include <algorithm>

namespace smmu_vp::tb {

const TranslationTable::Group* TranslationTable::group_of(const TranslationTags& tags) const {
  if (last_ != nullptr && last_->tags == tags) return last_;
  const auto found = numbers_.find(tags);
  if (found == numbers_.end()) return nullptr;
  return last_ = &groups_[found->second];
}

const std::vector<TranslationTable::Id>& TranslationTable::members(const TranslationTags& tags) const {
  static const std::vector<Id> none;
  const Group* const group = group_of(tags);
  return group == nullptr ? none : group->members;
}

TranslationTable::Id TranslationTable::add(CachedEntry entry) {
  const auto [found, fresh] = numbers_.try_emplace(entry.tags, static_cast<u32>(groups_.size()));
  if (fresh) {
    last_ = nullptr;
    groups_.push_back({.number = found->second, .tags = entry.tags, .members = {}});
  }
  Group& group = groups_[found->second];
  Id id = 0;
  if (free_.empty()) {
    id = slots();
    slots_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  const unsigned size = entry.log2_size;
  group.sizes |= u64{1} << size;
  group.largest_leaf[size] = std::max(group.largest_leaf[size], entry.leaf_log2_size);
  Slot& slot = slots_[id];
  slot.entry = std::move(entry);
  output_sizes_ |= u64{1} << slot.entry.output_log2();
  link(buckets_, key_of(group.number, size, slot.entry.first), id, slots_, &Slot::next);
  link(outputs_, output_key(slot.entry.output_log2(), slot.entry.output), id, slots_, &Slot::next_output);
  slot.group = group.number;
  slot.place = static_cast<u32>(group.members.size());
  slot.used = true;
  group.members.push_back(id);
  ++size_;
  return id;
}

void TranslationTable::link(FlatMap<Id>& heads, u64 key, Id id, std::vector<Slot>& slots, Id Slot::*next) {
  Id* const known = heads.find(key);
  slots[id].*next = known == nullptr ? kNone : *known;
  heads[key] = id;
}

void TranslationTable::unlink(FlatMap<Id>& heads, u64 key, Id id, std::vector<Slot>& slots, Id Slot::*next) {
  Id* at = heads.find(key);
  if (*at == id && slots[id].*next == kNone) {
    heads.erase(key);
    return;
  }
  while (*at != id) at = &(slots[*at].*next);
  *at = slots[id].*next;
}

void TranslationTable::erase(Id id) {
  Slot& slot = slots_[id];
  Group& group = groups_[slot.group];
  unlink(buckets_, key_of(slot.group, slot.entry.log2_size, slot.entry.first), id, slots_, &Slot::next);
  unlink(outputs_, output_key(slot.entry.output_log2(), slot.entry.output), id, slots_, &Slot::next_output);
  const Id moved = group.members.back();
  group.members[slot.place] = moved;
  slots_[moved].place = slot.place;
  group.members.pop_back();
  slot.used = false;
  slot.entry = CachedEntry{};
  free_.push_back(id);
  --size_;
}

void TranslationTable::covered(const InvalidationScope& scope, std::vector<Id>& out) const {
  for (const Group& group : groups_) {
    if (!group.members.empty() && scope.meets(group.tags)) covered_in(group, scope, out);
  }
}

void TranslationTable::covered_in(const Group& group, const InvalidationScope& scope,
                                  std::vector<Id>& out) const {
  const auto take = [&](Id id) {
    if (scope.covers(slots_[id].entry)) out.push_back(id);
  };
  // A command that names an address meets whole leaves, of which an entry may be a part.
  u64 looks = 0;
  const auto each_size = [&](auto&& f) {
    for (unsigned size = 0; size < 64; ++size) {
      if ((group.sizes >> size & 1) == 0) continue;
      const unsigned leaf = std::max<unsigned>(size, group.largest_leaf[size]);
      const u64 first = scope.first >> leaf << leaf, last = scope.last | ((u64{1} << leaf) - 1);
      f(size, first, ((last - first) >> size) + 1);
    }
  };
  if (scope.by_address) each_size([&](unsigned, u64, u64 count) { looks += std::min<u64>(count, 1u << 30); });
  if (!scope.by_address || looks >= group.members.size()) {
    for (const Id id : group.members) take(id);
    return;
  }
  each_size([&](unsigned size, u64 first, u64 count) {
    for (u64 i = 0; i < count; ++i) in_bucket(group, size, first + (i << size), take);
  });
}

}  // namespace smmu_vp::tb
