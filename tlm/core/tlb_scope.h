// What a CMD_TLBI_* command invalidates (4.4).
#pragma once

#include "tlm/core/smmu_config.h"
#include "tlm/core/walk_cache.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::core {

struct TlbScope {
  Invalidation what;
  bool leaf_only = false;
};

// The combinations of range fields that are Reserved and raise CERROR_ILL (4.4.1.1).
bool reserved_range(const spec::Command& command, const SmmuFeatures& features);

// For a legal CMD_TLBI_*. Those of EL2 have a scope in two worlds, of which `world` names one: entries of
// NS-EL2 have no ASID, those of NS-EL2-E2H do. Covering both keeps CR2.E2H, which only one of them has
// entries for, out of it (4.4.2.8).
TlbScope tlb_scope(const spec::Command& command, const SmmuFeatures& features, World world = World::kNsEl1);

// How many low bits of a VMID an invalidation does not compare (CR0.VMW, 3.17.6).
unsigned vmid_wildcard_bits(u32 cr0, const TlbScope& scope, const SmmuFeatures& features);

}  // namespace smmu_vp::core
