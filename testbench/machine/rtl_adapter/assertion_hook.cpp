// A failing RTL assertion calls this hook, which passes it to the model being evaluated.
#include "testbench/machine/rtl_adapter/cache_model.h"

namespace smmu_vp::tb {

CacheModel* evaluating = nullptr;

}  // namespace smmu_vp::tb

extern "C" void smmu_vp_rtl_assertion_failed(const char* what) {
  const smmu_vp::tb::CacheModel* model = smmu_vp::tb::evaluating;
  if (model != nullptr && model->on_assertion) model->on_assertion(what);
}
