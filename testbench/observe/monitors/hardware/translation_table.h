// All cached translations that monitors know of, found by tags and address.
#pragma once

#include <array>
#include <map>
#include <vector>

#include "testbench/observe/monitors/flat_map.h"
#include "testbench/observe/monitors/hardware/translation_entry.h"
#include "testbench/observe/monitors/hardware/translation_scope.h"

namespace smmu_vp::tb {

class TranslationTable {
 public:
  using Id = CachedEntry::Id;
  static constexpr Id kNone = ~Id{0};

  // References stay valid until the next add().
  CachedEntry& operator[](Id id) { return slots_[id].entry; }
  const CachedEntry& operator[](Id id) const { return slots_[id].entry; }
  bool holds(Id id) const { return id < slots_.size() && slots_[id].used; }
  Id slots() const { return static_cast<Id>(slots_.size()); }
  std::size_t size() const { return size_; }

  Id add(CachedEntry entry);
  void erase(Id id);

  // Calls f(id) for each entry with these tags that maps `address`; f must neither add nor erase.
  template <typename F>
  void at(const TranslationTags& tags, u64 address, F&& f) const {
    const Group* const group = group_of(tags);
    if (group == nullptr) return;
    for (u64 sizes = group->sizes; sizes != 0; sizes &= sizes - 1)
      in_bucket(*group, static_cast<unsigned>(__builtin_ctzll(sizes)), address, f);
  }
  // Calls f(id) for each entry whose output holds the physical address `pa`.
  template <typename F>
  void at_output(u64 pa, F&& f) const {
    for (u64 sizes = output_sizes_; sizes != 0; sizes &= sizes - 1)
      at_output(static_cast<unsigned>(__builtin_ctzll(sizes)), pa, f);
  }
  // Likewise of any physical address from `first` to `last`.
  template <typename F>
  void over_output(u64 first, u64 last, F&& f) const {
    u64 looks = 0;
    for (u64 sizes = output_sizes_; sizes != 0; sizes &= sizes - 1)
      looks += ((last - first) >> __builtin_ctzll(sizes)) + 2;
    if (looks > slots_.size()) {
      for (Id id = 0; id < slots(); ++id) {
        const CachedEntry& e = slots_[id].entry;
        if (slots_[id].used && e.output <= last && e.output_last() >= first) f(id);
      }
      return;
    }
    for (u64 sizes = output_sizes_; sizes != 0; sizes &= sizes - 1) {
      const auto size = static_cast<unsigned>(__builtin_ctzll(sizes));
      for (u64 block = first >> size; block <= last >> size; ++block) at_output(size, block << size, f);
    }
  }
  // The ids of what `scope` covers.
  void covered(const InvalidationScope& scope, std::vector<Id>& out) const;
  // The ids of all entries with these tags.
  const std::vector<Id>& members(const TranslationTags& tags) const;

 private:
  struct Slot {
    CachedEntry entry;
    Id next = kNone, next_output = kNone;  // in its buckets
    u32 group = 0, place = 0;              // place: among the group's members
    bool used = false;
  };
  struct Group {
    u32 number = 0;
    TranslationTags tags;
    u64 sizes = 0;                      // bit n: it has had entries of 2^n bytes
    std::array<u8, 64> largest_leaf{};  // of entries of that size, log2
    std::vector<Id> members;
  };
  // Different buckets may share a key: what is found in one is compared.
  static u64 key_of(u32 group, unsigned size, u64 address) {
    return (address >> size) * 0x9E37'79B9'7F4A'7C15u ^ (u64{group} << 6 | size) * 0xC2B2'AE3D'27D4'EB4Fu;
  }
  static u64 output_key(unsigned size, u64 pa) { return key_of(~u32{0}, size, pa); }
  template <typename F>
  void at_output(unsigned size, u64 pa, F&& f) const {
    const Id* const head = outputs_.find(output_key(size, pa));
    if (head == nullptr) return;
    for (Id id = *head; id != kNone; id = slots_[id].next_output) {
      if (slots_[id].entry.output_log2() == size && slots_[id].entry.output >> size == pa >> size) f(id);
    }
  }
  static void unlink(FlatMap<Id>& heads, u64 key, Id id, std::vector<Slot>& slots, Id Slot::*next);
  static void link(FlatMap<Id>& heads, u64 key, Id id, std::vector<Slot>& slots, Id Slot::*next);
  const Group* group_of(const TranslationTags& tags) const;
  template <typename F>
  void in_bucket(const Group& group, unsigned size, u64 address, F&& f) const {
    const Id* const head = buckets_.find(key_of(group.number, size, address));
    if (head == nullptr) return;
    for (Id id = *head; id != kNone; id = slots_[id].next) {
      const CachedEntry& e = slots_[id].entry;
      if (slots_[id].group == group.number && e.log2_size == size && e.first >> size == address >> size)
        f(id);
    }
  }
  void covered_in(const Group& group, const InvalidationScope& scope, std::vector<Id>& out) const;

  std::vector<Slot> slots_;
  std::vector<Id> free_;
  std::size_t size_ = 0;
  std::map<TranslationTags, u32> numbers_;
  std::vector<Group> groups_;
  mutable const Group* last_ = nullptr;
  FlatMap<Id> buckets_, outputs_;
  u64 output_sizes_ = 0;
};

}  // namespace smmu_vp::tb
