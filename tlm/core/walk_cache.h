// The walk cache: table descriptors met on the way to a leaf, so that the next walk nearby starts lower.
// Tagged as TLB entries are (3.17) and invalidated with them; table descriptors have no nG, so they always
// belong to their ASID. Of stage 2 it holds leaves as well, since a nested walk meets the same few pages at
// each level of stage 1; they are what CMD_TLBI_S2_IPA is about, and go with their VMID.
#pragma once

#include <optional>
#include <vector>

#include "tlm/core/permissions.h"

namespace smmu_vp::core {

// A next-level table and what the path to it restricts; or a stage 2 leaf, its descriptor in `address`.
struct TablePointer {
  u64 address = 0;
  Hierarchy hierarchy;
  bool leaf = false;
};

// The context of a translation of stage 2 alone, whose `va` is an IPA: no ASID, so that CMD_TLBI_S2_IPA and
// the commands by VA keep apart (4.4.3.1).
inline constexpr u32 kStage2Context = 1u << 16;

class WalkCache {
 public:
  // Names an address space and a half of it.
  struct Space {
    World world = World::kNsEl1;
    u16 vmid = 0;
    u16 asid = 0;
    bool stage2 = false;
    bool operator==(const Space&) const = default;
  };

  // Held by a walk while it runs: an invalidation that its space is subject to bars it from filling.
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

  // A power of two, or none.
  explicit WalkCache(unsigned entries) : entries_(entries), occupied_((entries + 63) / 64) {}

  // The table that resolves `level`'s index for addresses sharing va's bits [63:shift].
  const TablePointer* find(const Space& space, u64 va, unsigned shift) const;
  void fill(const Ticket& ticket, u64 va, unsigned shift, const TablePointer& table);
  // f(space, first address, shift, table) for each entry, to look at.
  template <typename F>
  void each(F&& f) const {
    for (std::size_t slot = 0; slot < entries_.size(); ++slot) {
      const Entry& e = entries_[slot];
      if (occupied(slot)) f(e.space, e.prefix << e.shift, unsigned{e.shift}, e.table);
    }
  }
  // `leaf_only` leaves table descriptors alone (4.4.1 Leaf).
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
  std::vector<u64> occupied_;  // one bit a slot, so that an invalidation looks at filled ones only
  Ticket* tickets_ = nullptr;
};

}  // namespace smmu_vp::core
