// Table D8-65, computed.
#include "tlm/core/permissions.h"

#include "tlm/spec/vmsa.h"

namespace smmu_vp::core {

namespace vmsa = spec::vmsa;

Hierarchy restricted_by(const Hierarchy& above, u64 table) {
  const u64 ap = vmsa::APTable.get(table);
  return {.no_unprivileged = above.no_unprivileged || (ap & vmsa::kApTableNoUnprivileged) != 0,
          .read_only = above.read_only || (ap & vmsa::kApTableReadOnly) != 0,
          .uxn = above.uxn || vmsa::UXNTable.get(table) != 0,
          .pxn = above.pxn || vmsa::PXNTable.get(table) != 0};
}

Rights leaf_rights(u64 leaf, const Hierarchy& above, const Context& context) {
  const u64 ap = vmsa::AP.get(leaf);
  const bool user = (ap & vmsa::kApUnprivileged) != 0 && !above.no_unprivileged;
  const bool writable = (ap & vmsa::kApReadOnly) == 0 && !above.read_only;
  Rights r;
  r.user_read = user;
  r.user_write = user && writable;
  r.priv_read = true;
  r.priv_write = writable;
  r.user_exec = vmsa::UXN.get(leaf) == 0 && !above.uxn && !(context.wxn && r.user_write);
  // What EL0 can write, EL1 cannot execute (R_VWLLR).
  r.priv_exec = vmsa::PXN.get(leaf) == 0 && !above.pxn && !r.user_write && !(context.wxn && r.priv_write);
  // PAN takes privileged data access from what unprivileged data accesses can reach (5.4).
  if (context.pan && user) r.priv_read = r.priv_write = false;
  return r;
}

}  // namespace smmu_vp::core
