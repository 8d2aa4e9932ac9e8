// One translation of the scope for the TLBs and the walk cache.
#include "tlm/core/invalidate_mode.h"

namespace smmu_vp::core {

namespace {

// 4.4.1.1: entries of another granule or level need not go, and none at all when the address does not fit them.
std::optional<TlbScope> least(const TlbScope& asked) {
  if (asked.hint.range_unpredictable) return std::nullopt;
  TlbScope out = asked;
  out.what.granule = asked.hint.granule;
  out.what.level = asked.hint.level;
  return out;
}

// Global entries, which a command by ASID leaves, are of the VMID as well.
TlbScope most(const TlbScope& asked) {
  TlbScope out = asked;
  if (asked.what.scope != Invalidation::Scope::kAll) out.what.scope = Invalidation::Scope::kVmid;
  out.leaf_only = false;
  return out;
}

}  // namespace

std::optional<TlbScope> removed_by(const TlbScope& asked, InvalidateMode mode) {
  switch (mode) {
    case InvalidateMode::kExact:
      break;
    case InvalidateMode::kMinimal:
      return least(asked);
    case InvalidateMode::kGenerous:
      return most(asked);
  }
  return asked;
}

}  // namespace smmu_vp::core
