// The C header compiles as C++ next to the TLM components' namespace.
#define smmu_vp smmu_vp_handle
#include "smmu_vp.h"
#undef smmu_vp

namespace smmu_vp {
smmu_vp_status close_and_ask(smmu_vp_handle* vp);
smmu_vp_status close_and_ask(smmu_vp_handle* vp) {
  smmu_vp_close(vp);
  return smmu_vp_advance(vp, 1);
}
}  // namespace smmu_vp
