// A translation cache as a plug-in: a shared library with one Verilated design, which rtl/workbench builds out of tree.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "testbench/machine/rtl_adapter/cache_model.h"

class VerilatedContext;

namespace smmu_vp::tb {

// What the program shares with a plug-in.
struct PluginHost {
  VerilatedContext* context;
  int* fst_error;
};

// What a plug-in exports, as the data symbol smmu_vp_cache_plugin. `abi` comes first, as it says whether the rest can be
// read: it is kCacheAbi of the program that the plug-in was built for.
struct CachePlugin {
  const char* abi;
  std::unique_ptr<CacheModel> (*make)(const std::string& name, const PluginHost& host);
};

// The file is no plug-in, or one for another version; one line.
struct PluginError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Makes the plug-in's model; a library stays loaded. Throws PluginError.
std::unique_ptr<CacheModel> make_plugin_model(const std::string& path, const std::string& name);

}  // namespace smmu_vp::tb
