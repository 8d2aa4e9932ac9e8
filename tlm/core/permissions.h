// Stage 1 rights from descriptors, by the Direct Permission Scheme (D8.4.1.2, 13.4.1).
#pragma once

#include "tlm/core/configuration.h"

namespace smmu_vp::core {

// What the tables above a leaf take away from it (APTable, UXNTable, PXNTable).
struct Hierarchy {
  bool no_unprivileged = false, read_only = false, uxn = false, pxn = false;
  bool operator==(const Hierarchy&) const = default;
};
Hierarchy restricted_by(const Hierarchy& above, u64 table_descriptor);

// Rights a leaf gives in a regime with two privilege levels.
Rights leaf_rights(u64 leaf_descriptor, const Hierarchy& above, const Context& context);

inline bool allows(const Rights& r, const Access& access) {
  if (access.write) return access.priv ? r.priv_write : r.user_write;
  if (access.exec) return access.priv ? r.priv_exec : r.user_exec;
  return access.priv ? r.priv_read : r.user_read;
}

}  // namespace smmu_vp::core
