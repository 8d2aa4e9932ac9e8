// An open-addressed map from 64-bit keys. Monitors look something up at every fact, for which
// a node-based map is too slow.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

template <typename V>
class FlatMap {
 public:
  FlatMap() : slots_(kSmallest) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // insert() makes room for the next key beforehand: pointers stay valid until a key is inserted or erased.
  V* find(u64 key) {
    const std::size_t i = slot_of(key);
    return slots_[i].used ? &slots_[i].value : nullptr;
  }
  const V* find(u64 key) const { return const_cast<FlatMap*>(this)->find(key); }

  V& operator[](u64 key) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    Slot& slot = slots_[slot_of(key)];
    if (!slot.used) {
      slot.used = true;
      slot.key = key;
      ++size_;
    }
    return slot.value;
  }

  // Backward-shift deletion leaves no tombstones, so a long-lived map stays fast.
  bool erase(u64 key) {
    std::size_t hole = slot_of(key);
    if (!slots_[hole].used) return false;
    for (std::size_t i = next(hole); slots_[i].used; i = next(i)) {
      const std::size_t home = hash(slots_[i].key) & mask();
      if (((i - home) & mask()) >= ((i - hole) & mask())) {
        slots_[hole] = std::move(slots_[i]);
        hole = i;
      }
    }
    slots_[hole] = Slot{};
    --size_;
    return true;
  }

  void clear() {
    slots_ = std::vector<Slot>(kSmallest);
    size_ = 0;
  }

  // The keys in [first, last], ascending.
  std::vector<u64> keys_in(u64 first, u64 last) const {
    std::vector<u64> keys;
    if (empty() || last < first) return keys;
    if (last - first < slots_.size()) {
      for (u64 key = first; key <= last; ++key) {
        if (find(key) != nullptr) keys.push_back(key);
        if (key == ~u64{0}) break;
      }
      return keys;
    }
    for (const Slot& slot : slots_) {
      if (slot.used && slot.key >= first && slot.key <= last) keys.push_back(slot.key);
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  std::vector<u64> keys() const { return keys_in(0, ~u64{0}); }

 private:
  static constexpr std::size_t kSmallest = 16;  // a power of two
  struct Slot {
    u64 key = 0;
    V value{};
    bool used = false;
  };

  static std::size_t hash(u64 key) {
    key *= 0x9E37'79B9'7F4A'7C15u;
    return key ^ (key >> 32);
  }
  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t next(std::size_t i) const { return (i + 1) & mask(); }
  std::size_t slot_of(u64 key) const {
    std::size_t i = hash(key) & mask();
    while (slots_[i].used && slots_[i].key != key) i = next(i);
    return i;
  }
  void grow() {
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (Slot& slot : old) {
      if (slot.used) slots_[slot_of(slot.key)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace smmu_vp::tb
