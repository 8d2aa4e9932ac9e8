// Table D8-65, as logic.
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

namespace {

// Table D8-66: AP[1] is treated as 1, XN takes the place of UXN, and APTable[0] and PXNTable are ignored.
Rights one_level_rights(u64 leaf, const Hierarchy& above, const Context& context) {
  Rights r;
  r.user_read = r.priv_read = true;
  r.user_write = r.priv_write = (vmsa::AP.get(leaf) & vmsa::kApReadOnly) == 0 && !above.read_only;
  r.user_exec = r.priv_exec = vmsa::UXN.get(leaf) == 0 && !above.uxn && !(context.wxn && r.priv_write);
  return r;
}

}  // namespace

bool writable_clean(u64 leaf) {
  return vmsa::DBM.get(leaf) != 0 && (vmsa::AP.get(leaf) & vmsa::kApReadOnly) != 0;
}

Rights both(const Rights& a, const Rights& b) {
  return {.user_read = a.user_read && b.user_read,
          .user_write = a.user_write && b.user_write,
          .user_exec = a.user_exec && b.user_exec,
          .priv_read = a.priv_read && b.priv_read,
          .priv_write = a.priv_write && b.priv_write,
          .priv_exec = a.priv_exec && b.priv_exec};
}

Rights leaf_rights(u64 leaf, const Hierarchy& above, const Context& context) {
  if (context.world == World::kNsEl2) return one_level_rights(leaf, above, context);
  const u64 ap = vmsa::AP.get(leaf);
  const bool user = (ap & vmsa::kApUnprivileged) != 0 && !above.no_unprivileged;
  const bool writable = (ap & vmsa::kApReadOnly) == 0 && !above.read_only;
  Rights r;
  r.user_read = user;
  r.user_write = user && writable;
  r.priv_read = true;
  r.priv_write = writable;
  r.user_exec = vmsa::UXN.get(leaf) == 0 && !above.uxn && !(context.wxn && r.user_write);
  // EL1 cannot execute what EL0 can write (R_VWLLR).
  r.priv_exec = vmsa::PXN.get(leaf) == 0 && !above.pxn && !r.user_write && !(context.wxn && r.priv_write);
  // With PAN, privileged data accesses cannot reach what unprivileged data accesses can (5.4).
  if (context.pan && user) r.priv_read = r.priv_write = false;
  return r;
}

}  // namespace smmu_vp::core
