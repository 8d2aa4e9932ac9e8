// The walk cache: table descriptors met on the way to a leaf, so that later walks nearby start
// lower. Entries are tagged as TLB entries are (3.17) and invalidated with them; table descriptors
// have no nG, so they always belong to their ASID. For stage 2 it holds leaves as well, since a
// nested walk meets the same few pages at each level of stage 1. CMD_TLBI_S2_IPA invalidates them,
// and so does an invalidation of their VMID.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tlm/core/permissions.h"
#include "tlm/core/slot_groups.h"

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
  explicit WalkCache(unsigned entries) : entries_(entries), spaces_(entries) {}
  // Copies the contents; walks in progress fill only the original.
  WalkCache(const WalkCache& other)
      : entries_(other.entries_),
        spaces_(other.spaces_),
        of_shift_(other.of_shift_),
        shifts_(other.shifts_) {}
  WalkCache& operator=(const WalkCache&) = delete;

  // The table that resolves `level`'s index for addresses that share bits [63:shift] of `va`.
  const TablePointer* find(const Space& space, u64 va, unsigned shift) const;
  void fill(const Ticket& ticket, u64 va, unsigned shift, const TablePointer& table);
  // Calls f(space, first address, shift, table) for each entry; changes nothing.
  template <typename F>
  void each(F&& f) const {
    for (const Entry& e : entries_) {
      if (e.shift != 0) f(e.space, e.prefix << e.shift, unsigned{e.shift}, e.table);
    }
  }
  // `leaf_only` keeps table descriptors (4.4.1 Leaf).
  u32 invalidate(const Invalidation& what, bool leaf_only);

 private:
  struct Entry {
    u8 shift = 0;  // 0: empty
    Space space;
    u64 prefix = 0;
    TablePointer table;
  };
  std::size_t slot_of(const Space& space, u64 prefix, unsigned shift) const;
  void set(std::size_t slot, const Entry& entry);
  // Calls drop(slot) for every entry that `what` may cover.
  template <typename Drop>
  void each_candidate(const Invalidation& what, Drop&& drop);

  std::vector<Entry> entries_;
  SlotGroups spaces_;               // the entries of each space
  std::array<u32, 64> of_shift_{};  // how many entries there are of each shift
  u64 shifts_ = 0;                  // one bit per shift that has any
  Ticket* tickets_ = nullptr;
};

}  // namespace smmu_vp::core
