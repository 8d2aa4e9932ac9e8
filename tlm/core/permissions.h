// Access rights from stage 1 descriptors by the Direct Permission Scheme (D8.4.1.2,
// 13.4.1), and of two stages together.
#pragma once

#include "tlm/core/configuration.h"

namespace smmu_vp::core {

// Restrictions that the tables above a leaf impose (APTable, UXNTable, PXNTable).
struct Hierarchy {
  bool no_unprivileged = false, read_only = false, uxn = false, pxn = false;
  bool operator==(const Hierarchy&) const = default;
};
Hierarchy restricted_by(const Hierarchy& above, u64 table_descriptor);

// The rights a leaf gives. In a regime with one privilege level every access is privileged (13.4.1).
Rights leaf_rights(u64 leaf_descriptor, const Hierarchy& above, const Context& context);

// Read-only only because the page has not been written yet (3.13.3.1).
bool writable_clean(u64 leaf_descriptor);

// What both stages permit.
Rights both(const Rights& stage1, const Rights& stage2);

// NS-EL2 has neither ASIDs nor unprivileged accesses (3.17, 13.4.1).
inline bool has_asids(World world) {
  return world != World::kNsEl2;
}

}  // namespace smmu_vp::core
