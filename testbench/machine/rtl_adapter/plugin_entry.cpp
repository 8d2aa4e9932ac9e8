// The entry of a plug-in. Compiled with the program and linked into every plug-in that it builds, beside the model.
#include "cache_abi.h"
#include "testbench/machine/rtl_adapter/cache_plugin.h"
#include "testbench/machine/rtl_adapter/fst_stdio.h"
#include "testbench/machine/rtl_adapter/rtl_runtime.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_plugin(const std::string& name);  // the model's, from rtl_model.cpp.in

namespace {

std::unique_ptr<CacheModel> make(const std::string& name, const PluginHost& host) {
  use_rtl_context(*host.context);
  keep_fst_error_at(host.fst_error);
  return make_plugin(name);
}

}  // namespace

}  // namespace smmu_vp::tb

extern "C" {
extern const smmu_vp::tb::CachePlugin smmu_vp_cache_plugin;
const smmu_vp::tb::CachePlugin smmu_vp_cache_plugin = {smmu_vp::tb::kCacheAbi, smmu_vp::tb::make};
}
