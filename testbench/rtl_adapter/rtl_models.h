// The configurations of the RTL that were Verilated at build time.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "testbench/rtl_adapter/cache_model.h"

namespace smmu_vp::tb {

struct RtlConfiguration {
  core::CacheConfig config;
  std::unique_ptr<CacheModel> (*make)(const std::string& name);
};

std::span<const RtlConfiguration> rtl_configurations();  // generated

// Null when this size was not Verilated; sizes_available() then says what there is, for the error message.
std::unique_ptr<CacheModel> make_cache_model(const core::CacheConfig& config, const std::string& name);
std::string sizes_available();

}  // namespace smmu_vp::tb
