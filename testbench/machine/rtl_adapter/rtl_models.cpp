// Finds a Verilated configuration by its design and sizes.
#include "testbench/machine/rtl_adapter/rtl_models.h"

#include <fmt/format.h>

#include "testbench/machine/rtl_adapter/cache_plugin.h"

namespace smmu_vp::tb {

ModelNotBuilt::ModelNotBuilt(const char* name)
    : std::runtime_error(
          fmt::format("the RTL model {} is not part of this build; ./vp adds it when a run needs it, "
                      "cmake -DSMMU_VP_RTL_MODELS=all adds all models",
                      name)),
      model(name) {}

std::unique_ptr<CacheModel> make_cache_model(const core::CacheConfig& config, const std::string& name,
                                             const RtlChoice& choice) {
  if (choice.design.starts_with(core::kPluginPrefix))
    return make_plugin_model(choice.design.substr(core::kPluginPrefix.size()), name);
  for (const RtlConfiguration& c : rtl_configurations()) {
    if (c.design != choice.design || c.replacement != choice.replacement || !(c.config == config)) continue;
    if (c.make == nullptr) throw ModelNotBuilt(c.name);
    return c.make(name);
  }
  return nullptr;
}

std::string to_string(const core::CacheConfig& config, core::Replacement replacement) {
  return fmt::format("sets={} ways={} block_entries={} mshrs={} replacement={}", config.sets, config.ways,
                     config.block_entries, config.mshrs,
                     replacement == core::Replacement::kNru ? "nru" : "tree_plru");
}

std::string sizes_available(std::string_view design) {
  std::string list;
  for (const RtlConfiguration& available : rtl_configurations()) {
    if (available.design != design) continue;
    if (!list.empty()) list += "; ";
    list += to_string(available.config, available.replacement);
  }
  return list;
}

}  // namespace smmu_vp::tb
