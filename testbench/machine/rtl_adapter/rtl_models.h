// The supported RTL designs and sizes, and the Verilated models that this build contains.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "testbench/machine/rtl_adapter/cache_model.h"
#include "tlm/core/cache_choice.h"

namespace smmu_vp::tb {

using core::CacheImpl;
// The RTL design that a site uses; its sizes come from CacheConfig.
struct RtlChoice {
  std::string design{core::kRtlDesigns.front()};  // or core::kPluginPrefix and the path of a plug-in
  core::Replacement replacement = core::Replacement::kTreePlru;
};

struct RtlConfiguration {
  const char* name;  // as in the build option SMMU_VP_RTL_MODELS
  std::string_view design;
  core::CacheConfig config;  // with `replacement`: the reference that gives the same answers
  core::Replacement replacement;
  std::unique_ptr<CacheModel> (*make)(const std::string& name);  // null: not part of this build
};

std::span<const RtlConfiguration> rtl_configurations();  // generated

// The configuration needs a model that this build does not contain, but could; `model` is its name.
struct ModelNotBuilt : std::runtime_error {
  explicit ModelNotBuilt(const char* name);
  std::string model;
};

// Returns null if the design is not supported in this size; sizes_available() then lists the sizes for the
// error message. A plug-in has the size that it was built with. Throws ModelNotBuilt and PluginError.
std::unique_ptr<CacheModel> make_cache_model(const core::CacheConfig& config, const std::string& name,
                                             const RtlChoice& choice = {});
std::string to_string(const core::CacheConfig& config, core::Replacement replacement);
std::string sizes_available(std::string_view design);

}  // namespace smmu_vp::tb
