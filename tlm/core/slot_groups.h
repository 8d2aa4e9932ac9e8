// The occupied slots of a cache, grouped by a key such as the address space that they belong to. An invalidation visits
// the slots of its key, or those of the keys it concerns, whatever else the cache holds. Slots and groups are linked by
// index; nothing is allocated after construction.
#pragma once

#include <bit>
#include <cassert>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::core {

class SlotGroups {
 public:
  explicit SlotGroups(std::size_t slots)
      : slots_(slots), groups_(slots), buckets_(std::bit_ceil(slots + 1), kNone) {
    for (std::size_t i = 0; i < slots; ++i) groups_[i].next = i + 1 < slots ? static_cast<u32>(i) + 1 : kNone;
    unused_ = slots == 0 ? kNone : 0;
  }

  std::size_t group_count() const { return count_; }

  struct Member {
    std::size_t slot;
    u64 key;
  };
  // The slot, which was empty, now belongs to the key.
  void insert(const Member& member) {
    u32 group = find(member.key);
    if (group == kNone) group = make(member.key);
    link(slots_, groups_[group].first, static_cast<u32>(member.slot));
    slots_[member.slot].group = group;
  }
  // The slot is empty.
  void erase(std::size_t slot) {
    const u32 group = slots_[slot].group;
    unlink(slots_, groups_[group].first, static_cast<u32>(slot));
    if (groups_[group].first == kNone) drop(group);
  }

  // Calls f(slot) for each slot of `key`; f may erase that slot.
  template <typename F>
  void each_of(u64 key, F&& f) {
    if (const u32 group = find(key); group != kNone) each_in(group, f);
  }
  // The same for all keys that `takes`.
  template <typename Takes, typename F>
  void each_where(Takes&& takes, F&& f) {
    for (u32 group = live_; group != kNone;) {
      const u32 next = groups_[group].next;  // `group` may be gone afterwards
      if (takes(groups_[group].key)) each_in(group, f);
      group = next;
    }
  }

 private:
  static constexpr u32 kNone = ~u32{0};
  struct Slot {
    u32 next = kNone, previous = kNone;  // in its group
    u32 group = kNone;
  };
  struct Group {
    u64 key = 0;
    u32 first = kNone;                   // slot
    u32 next = kNone, previous = kNone;  // among those with slots; `next` also among the unused
    u32 chain = kNone;                   // the next one with the same hash
  };

  template <typename Node>
  static void link(std::vector<Node>& nodes, u32& first, u32 node) {
    nodes[node].previous = kNone;
    nodes[node].next = first;
    if (first != kNone) nodes[first].previous = node;
    first = node;
  }
  template <typename Node>
  static void unlink(std::vector<Node>& nodes, u32& first, u32 node) {
    const Node& n = nodes[node];
    (n.previous != kNone ? nodes[n.previous].next : first) = n.next;
    if (n.next != kNone) nodes[n.next].previous = n.previous;
  }

  u32& bucket_of(u64 key) {
    const u64 mixed = key * 0x9E37'79B9'7F4A'7C15u;  // the high bits depend on every bit of the key
    return buckets_[(mixed >> 32) & (buckets_.size() - 1)];
  }
  u32 find(u64 key) {
    u32 group = bucket_of(key);
    while (group != kNone && groups_[group].key != key) group = groups_[group].chain;
    return group;
  }
  u32 make(u64 key) {
    const u32 group = unused_;
    assert(group != kNone);
    Group& g = groups_[group];
    unused_ = g.next;
    u32& bucket = bucket_of(key);
    g.key = key;
    g.chain = bucket;
    bucket = group;
    link(groups_, live_, group);
    ++count_;
    return group;
  }
  void drop(u32 group) {
    u32* at = &bucket_of(groups_[group].key);
    while (*at != group) at = &groups_[*at].chain;
    *at = groups_[group].chain;
    unlink(groups_, live_, group);
    groups_[group].next = unused_;
    unused_ = group;
    --count_;
  }
  template <typename F>
  void each_in(u32 group, F&& f) {
    for (u32 slot = groups_[group].first; slot != kNone;) {
      const u32 next = slots_[slot].next;
      f(std::size_t{slot});
      slot = next;
    }
  }

  std::vector<Slot> slots_;
  std::vector<Group> groups_;
  std::vector<u32> buckets_;  // by hash: the first group
  u32 live_ = kNone, unused_ = kNone;
  std::size_t count_ = 0;  // of live groups
};

}  // namespace smmu_vp::core
