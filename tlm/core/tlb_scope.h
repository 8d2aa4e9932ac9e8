// What a CMD_TLBI_* command invalidates (4.4).
#pragma once

#include "tlm/core/smmu_config.h"
#include "tlm/core/walk_cache.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::core {

// What a command says of the entries it is about, beside their addresses: others need not go (4.4.1.1).
struct TlbHint {
  std::optional<Granule> granule = {};  // TG
  u8 level = 0;                         // TTL; 0: any
  bool range_unpredictable = false;     // the address is not aligned to what TG and TTL name
};

struct TlbScope {
  Invalidation what;
  bool leaf_only = false;
  TlbHint hint = {};
};

// Combinations of range fields that are Reserved and cause CERROR_ILL (4.4.1.1).
bool reserved_range(const spec::Command& command, const SmmuFeatures& features);

// For a legal CMD_TLBI_*. Commands for EL2 have a scope in two worlds, NS-EL2 whose entries have no ASID and
// NS-EL2-E2H; `world` selects one. Callers apply both, so that CR2.E2H does not matter: only the world it
// selects has entries (4.4.2.8).
TlbScope tlb_scope(const spec::Command& command, const SmmuFeatures& features, World world = World::kNsEl1);

// The number of low VMID bits that an invalidation ignores (CR0.VMW, 3.17.6).
unsigned vmid_wildcard_bits(u32 cr0, const TlbScope& scope, const SmmuFeatures& features);

}  // namespace smmu_vp::core
