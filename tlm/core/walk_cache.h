// The walk cache: table descriptors met on the way to a leaf, so that later walks nearby start
// lower. Entries are tagged as TLB entries are (3.17) and invalidated with them; table descriptors
// have no nG, so they always belong to their ASID. For stage 2 it holds leaves as well, since a
// nested walk meets the same few pages at each level of stage 1. CMD_TLBI_S2_IPA invalidates them,
// and so does an invalidation of their VMID.
#pragma once

#include <optional>
#include <vector>

#include "tlm/core/permissions.h"

namespace smmu_vp::core {

// A next-level table and the restrictions on the path to it; or a stage 2 leaf,
// whose descriptor is `address`.
struct TablePointer {
  u64 address = 0;
  Hierarchy hierarchy;
  bool leaf = false;
};

// The context of a stage 2 translation, whose `va` is an IPA. It is no ASID, so CMD_TLBI_S2_IPA and the
// commands by VA do not affect each other's entries (4.4.3.1).
inline constexpr u32 kStage2Context = 1u << 16;

class WalkCache {
 public:
  // Identifies one half of an address space.
  struct Space {
    World world = World::kNsEl1;
    u16 vmid = 0;
    u16 asid = 0;
    bool stage2 = false;
    bool operator==(const Space&) const = default;
  };

  // Held by a walk while it runs; an invalidation of its space stops the walk from filling.
  class Ticket {
   public:
    Ticket(WalkCache& cache, const Space& space);
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

   private:
    friend class WalkCache;
    WalkCache& cache_;
    Space space_;
    bool barred_ = false;
    Ticket* next_;
    Ticket* previous_ = nullptr;
  };

  // `entries` is a power of two or 0.
  explicit WalkCache(unsigned entries) : entries_(entries), occupied_((entries + 63) / 64) {}
  // Copies the contents; walks in progress fill only the original.
  WalkCache(const WalkCache& other) : entries_(other.entries_), occupied_(other.occupied_) {}
  WalkCache& operator=(const WalkCache&) = delete;

  // The table that resolves `level`'s index for addresses that share bits [63:shift] of `va`.
  const TablePointer* find(const Space& space, u64 va, unsigned shift) const;
  void fill(const Ticket& ticket, u64 va, unsigned shift, const TablePointer& table);
  // Calls f(space, first address, shift, table) for each entry; changes nothing.
  template <typename F>
  void each(F&& f) const {
    for (std::size_t slot = 0; slot < entries_.size(); ++slot) {
      const Entry& e = entries_[slot];
      if (occupied(slot)) f(e.space, e.prefix << e.shift, unsigned{e.shift}, e.table);
    }
  }
  // `leaf_only` keeps table descriptors (4.4.1 Leaf).
  u32 invalidate(const Invalidation& what, bool leaf_only);

 private:
  struct Entry {
    u8 shift = 0;
    Space space;
    u64 prefix = 0;
    TablePointer table;
  };
  std::size_t slot_of(const Space& space, u64 prefix, unsigned shift) const;
  bool occupied(std::size_t slot) const { return (occupied_[slot / 64] >> slot % 64 & 1) != 0; }

  std::vector<Entry> entries_;
  std::vector<u64> occupied_;  // one bit per slot, so that an invalidation visits filled slots only
  Ticket* tickets_ = nullptr;
};

}  // namespace smmu_vp::core
