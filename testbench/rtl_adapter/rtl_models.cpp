// Finds a Verilated configuration by its sizes.
#include "testbench/rtl_adapter/rtl_models.h"

namespace smmu_vp::tb {

std::unique_ptr<CacheModel> make_cache_model(const core::CacheConfig& config, const std::string& name) {
  for (const RtlConfiguration& available : rtl_configurations())
    if (available.config == config) return available.make(name);
  return nullptr;
}

std::string sizes_available() {
  std::string list;
  for (const auto& [config, make] : rtl_configurations()) {
    if (!list.empty()) list += "; ";
    list += "sets=" + std::to_string(config.sets) + " ways=" + std::to_string(config.ways) +
            " block_entries=" + std::to_string(config.block_entries) +
            " mshrs=" + std::to_string(config.mshrs);
  }
  return list;
}

}  // namespace smmu_vp::tb
