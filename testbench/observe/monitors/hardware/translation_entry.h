// A translation that a cache may hold: what it is tagged with, what it says, and which descriptors it was made from.
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "testbench/observe/monitors/hardware/descriptor_walk.h"
#include "tlm/spec/access.h"

namespace smmu_vp::tb {

// The first address of the aligned 2^log2_size bytes round `address`.
constexpr u64 block_of(u64 address, unsigned log2_size) {
  return log2_size >= 64 ? 0 : address >> log2_size << log2_size;
}

// Whose lookups an entry matches (3.17). An ATC's entries are matched by the device alone, and by PASID.
struct TranslationTags {
  World world = World::kNsEl1;
  u8 smmu = 0;
  bool of_ipa = false;  // of stage 2 alone
  u16 vmid = 0;
  u32 context = 0;  // ASID; of an ATC the PASID, or kNoPasid
  u32 sid = 0;      // of an ATC
  auto operator<=>(const TranslationTags&) const = default;
};
inline constexpr u32 kNoPasid = 1u << 20;

// Of what is translated through it, in a TLB or walk cache. A regime of one table has no ASID (3.17).
constexpr TranslationTags tags_of(const Regime& regime, u8 smmu) {
  return {.world = regime.world,
          .smmu = smmu,
          .of_ipa = !regime.stage1,
          .vmid = regime.vmid,
          .context = regime.asid};
}

// A full translation in a TLB, a table descriptor in a walk cache (3.21.1), or a translation in a device's ATC.
enum class CachedKind : u8 { kTranslation, kTable, kDevice };

// What of memory no longer agrees with an entry.
struct MemoryChange {
  enum class Where : u8 { kStream, kContext, kDescriptor };
  Where where = Where::kDescriptor;
  u8 stage = 1;
  int level = 0;
  u64 pa = 0, before = 0, after = 0;  // of the word that differs
  u64 seen_ps = 0;
};

// How an entry is on its way out: an invalidation that covers it has begun and is not known to be complete.
enum class Leaving : u8 { kNo, kCommand, kBroadcast, kAtcInvalidation };

struct CachedEntry {
  using Id = u32;

  CachedKind kind = CachedKind::kTranslation;
  TranslationTags tags;
  u64 first = 0;           // of the input addresses
  u8 log2_size = 12;       // of what is cached as one
  u8 leaf_log2_size = 12;  // what a command by address has to meet (4.4)
  int level = 3;           // of the leaf or of the table descriptor, in its stage
  Granule granule = Granule::k4K;
  bool global = false, aset = false, no_conflict = false, contiguous = false;
  u64 output = 0;        // of `first`; of a table descriptor, the next table
  u64 next_table = 0;    // of a table descriptor: as it says, which is an IPA under stage 2
  u8 table_log2 = 12;    // of a table descriptor: of what is known of the next table's memory
  u64 restrictions = 0;  // of a table descriptor: APTable, XNTable, PXNTable
  u8 rights = 0, memory_type = 0;
  u64 root = 0;  // TTB of its half, or S2TTB
  std::optional<u64> stage2_root;
  bool on_the_way = false;  // of stage 2, found while a walk of stage 1 went through it
  u64 filled_ps = 0;
  u32 life = 0;  // of its tags when it was made
  std::vector<u32> requesters;
  std::vector<Link> links;  // from the root on; empty where they are not known

  Leaving leaving = Leaving::kNo;
  u64 leaving_since = 0;  // number of the invalidation
  std::optional<MemoryChange> change;
  u64 owed_ps = 0;         // since when an invalidation has been
  u64 uses = 0;            // since memory changed
  bool unrooted = false;   // no context has its tags any more
  bool accused = false;    // its missing invalidation has been reported
  bool rewritten = false;  // a rewrite of its descriptor has been reported
  bool timed_out = false;  // an ATC invalidation for it has

  u64 last() const { return first + ((u64{1} << log2_size) - 1); }
  u64 leaf_first() const { return leaf_log2_size >= 64 ? 0 : first >> leaf_log2_size << leaf_log2_size; }
  u64 leaf_last() const { return leaf_first() + ((u64{1} << leaf_log2_size) - 1); }
  unsigned output_log2() const { return kind == CachedKind::kTable ? table_log2 : log2_size; }
  u64 output_last() const { return output + ((u64{1} << output_log2()) - 1); }
  // Stage 2's table when it is the only one.
  std::optional<u64> root_of_stage2_alone() const {
    return tags.of_ipa || stage2_root == root ? std::optional(root) : std::nullopt;
  }
};

// Whether both are made through the same tables: what stage 2 alone maps belongs to whatever goes through it, too.
inline bool one_space(const CachedEntry& a, const CachedEntry& b) {
  const auto within = [](const CachedEntry& ipas, const CachedEntry& other) {
    const std::optional<u64> root = ipas.root_of_stage2_alone();
    return root && (root == other.stage2_root || root == other.root_of_stage2_alone());
  };
  return (a.root == b.root && a.stage2_root == b.stage2_root) || within(a, b) || within(b, a);
}

}  // namespace smmu_vp::tb
