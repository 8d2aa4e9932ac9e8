// Loads plug-ins.
#include "testbench/machine/rtl_adapter/cache_plugin.h"

#include <dlfcn.h>

#include <cstring>
#include <filesystem>

#include "cache_abi.h"
#include "testbench/machine/rtl_adapter/fst_stdio.h"
#include "testbench/machine/rtl_adapter/rtl_runtime.h"

namespace smmu_vp::tb {

namespace {

const CachePlugin& load(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) throw PluginError("no such file");
  void* const library = ::dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    // The message begins with the path, which the caller names.
    const std::string why = ::dlerror();
    const std::size_t colon = why.find(": ");
    throw PluginError("not a plug-in: " + (colon == std::string::npos ? why : why.substr(colon + 2)));
  }
  const auto* const plugin = static_cast<const CachePlugin*>(::dlsym(library, "smmu_vp_cache_plugin"));
  if (plugin == nullptr) throw PluginError("not a plug-in: it does not export smmu_vp_cache_plugin");
  if (std::strcmp(plugin->abi, kCacheAbi) != 0)
    throw PluginError(std::string("built for another version (") + plugin->abi + ", this is " + kCacheAbi +
                      "); build it again with ./vp rtl try");
  return *plugin;
}

}  // namespace

std::unique_ptr<CacheModel> make_plugin_model(const std::string& path, const std::string& name) {
  return load(path).make(name, {.context = &rtl_context(), .fst_error = fst_error()});
}

}  // namespace smmu_vp::tb
