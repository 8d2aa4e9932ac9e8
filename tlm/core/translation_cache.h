// The contract of a translation cache, and its reference implementation. Three implementations keep it: this
// class, the Verilated RTL, and lockstep (both, compared at every operation). Every TBU's TLB and the
// endpoint's ATC is one.
//
// Organisation: a set-associative *page bank* holds translations whose cached size and stage-1 leaf size both
// equal the granule of the context that looked them up (4, 16 or 64 KB); a small fully associative *block
// bank* holds everything else. Index of the page bank: with n = log2(sets) and vpn = va >> granule,
// vpn[n-1:0] ^ vpn[2n-1:n]. Replacement: tree-PLRU in each set and in the block bank, updated by hits and
// fills; an invalid way (lowest first) is taken before the PLRU victim; a fill that matches a resident entry
// overwrites that entry.
//
// A miss allocates a miss-status register (MSHR), named in the answer. The owner walks and then calls
// fill() exactly once for that MSHR, with the translation or, when the walk faulted, with none. An
// invalidation that covers the MSHR's page *poisons* it: its later fill is dropped. A further miss to the
// same page while the MSHR is pending answers kMerged (wait for that MSHR's fill, then look up again).
// With no MSHR free the answer is kFull (wait for any fill). An invalidation matches on the stage-1 leaf
// size, not on the cached size.
#pragma once

#include <optional>
#include <vector>

#include "tlm/core/hardware_bugs.h"
#include "tlm/spec/access.h"
#include "tlm/spec/translation_cache.h"
#include "tlm/spec/vmsa.h"
#include "tlm/spec/world.h"

namespace smmu_vp::core {

using spec::World;
using spec::vmsa::Granule;
constexpr unsigned log2_bytes(Granule g) {
  return spec::vmsa::page_shift(g);
}

// Rights are kept per privilege; execute rights already include the XN rules of the regime.
struct Rights {
  bool user_read = false, user_write = false, user_exec = false;
  bool priv_read = false, priv_write = false, priv_exec = false;
  bool operator==(const Rights&) const = default;
};

// Whether the rights allow the access; an instruction fetch is a read with `exec`.
inline bool allows(const Rights& r, const spec::Intent& intent) {
  if (intent.write) return intent.priv ? r.priv_write : r.user_write;
  if (intent.exec) return intent.priv ? r.priv_exec : r.user_exec;
  return intent.priv ? r.priv_read : r.user_read;
}

struct Translation {
  u64 va = 0;              // first byte, aligned to size
  u64 pa = 0;              // first byte, aligned to size
  u8 log2_size = 12;       // size cached, bytes
  u8 leaf_log2_size = 12;  // stage-1 leaf it came from; >= log2_size
  bool global = false;     // nG == 0: matches every context of the world (and VMID)
  Rights rights;
  // The type that the stages give, as a byte of MAIR, and SH[1:0]. Of stage 2 alone: MemAttr and SH of its descriptor,
  // which each access combines with its own type (13.4.3).
  u8 memory_attributes = 0;
  u8 shareability = 0;
  // Where an address within it leads.
  u64 output(u64 input) const { return pa + (input - va); }
  bool operator==(const Translation&) const = default;
};

struct CacheConfig {
  unsigned sets = 64, ways = 4;          // page bank; both powers of two, ways <= 16, sets <= 1024
  unsigned block_entries = 16;           // block bank; power of two, <= 64
  unsigned mshrs = 16;                   // <= 64
  HardwareBug bug = HardwareBug::kNone;  // planted in the reference implementation
  bool operator==(const CacheConfig&) const = default;
};

// `context` is the ASID in a TBU's TLB; in an ATC it is the PASID, or kNoPasid when the request carries none.
inline constexpr u32 kNoPasid = 1u << 20;
struct LookupKey {
  World world = World::kNsEl1;
  u16 vmid = 0;
  u32 context = 0;  // 21 bits
  Granule granule = Granule::k4K;
  u64 va = 0;
};

using spec::LookupStatus;
struct LookupResult {
  LookupStatus status = LookupStatus::kMiss;
  Translation entry;  // valid on kHit
  u8 mshr = 0;        // valid on kMiss (yours to fill) and kMerged (whom to wait for)
  bool operator==(const LookupResult&) const = default;
};

struct FillResult {
  bool dropped =
      false;  // nothing is cached: the walk faulted or was overtaken, or the cache does not store it
  bool overtaken = false;  // an invalidation overtook the walk: its translation must not be used any more
  bool block_bank = false;
  u16 set = 0;
  u8 way = 0;
  bool operator==(const FillResult&) const = default;
};

// What to invalidate. kVa covers bytes [first, last] of `context` (global entries of that world match too);
// any_context ignores the ASID (the VAA commands). kContext leaves global entries alone (4.4.2).
struct Invalidation {
  using Scope = spec::InvalidationScope;
  Scope scope = Scope::kAll;
  World world = World::kNsEl1;  // ignored by kAll when any_world
  bool any_world = false;
  u16 vmid = 0;
  u32 context = 0;
  bool any_context = false;
  u64 first = 0;  // page aligned
  u64 last = ~u64{0};
  // Only entries of this granule, and of leaves at this level of the walk; 0: any. The reference implementation alone
  // tells them apart.
  std::optional<Granule> granule = {};
  u8 level = 0;
};

struct InvalidateResult {
  u32 entries = 0;  // entries dropped
  u32 mshrs_poisoned = 0;
  bool operator==(const InvalidateResult&) const = default;
};

class TranslationCachePort {
 public:
  virtual ~TranslationCachePort() = default;
  // Each call may block (simulated time); its effect is atomic at one instant within the call.
  virtual LookupResult lookup(const LookupKey& key) = 0;
  virtual FillResult fill(u8 mshr, const Translation* entry_or_null) = 0;
  virtual InvalidateResult invalidate(const Invalidation& what) = 0;
};

}  // namespace smmu_vp::core
