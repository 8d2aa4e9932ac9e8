// Rights from stage 1 descriptors, by the Direct Permission Scheme (D8.4.1.2, 13.4.1), and of both stages.
#pragma once

#include "tlm/core/configuration.h"

namespace smmu_vp::core {

// What the tables above a leaf take away from it (APTable, UXNTable, PXNTable).
struct Hierarchy {
  bool no_unprivileged = false, read_only = false, uxn = false, pxn = false;
  bool operator==(const Hierarchy&) const = default;
};
Hierarchy restricted_by(const Hierarchy& above, u64 table_descriptor);

// Rights a leaf gives. Where there is one privilege level, every access is privileged (13.4.1).
Rights leaf_rights(u64 leaf_descriptor, const Hierarchy& above, const Context& context);

// Read-only for no reason but that it was not written yet (3.13.3.1).
bool writable_clean(u64 leaf_descriptor);

// What two stages permit together.
Rights both(const Rights& stage1, const Rights& stage2);

// NS-EL2 has neither ASIDs nor unprivileged accesses (3.17, 13.4.1).
inline bool has_asids(World world) {
  return world != World::kNsEl2;
}

inline bool allows(const Rights& r, const Access& access) {
  if (access.write) return access.priv ? r.priv_write : r.user_write;
  if (access.exec) return access.priv ? r.priv_exec : r.user_exec;
  return access.priv ? r.priv_read : r.user_read;
}

}  // namespace smmu_vp::core
