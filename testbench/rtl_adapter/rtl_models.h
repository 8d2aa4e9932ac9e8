// The RTL designs and sizes that were Verilated at build time.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "testbench/rtl_adapter/cache_model.h"

namespace smmu_vp::tb {

// Which RTL a site uses, beside its sizes.
enum class RtlDesign : u8 { kTranslationCache, kSimpleCache, kStaleCache };
std::string to_string(RtlDesign design);
struct RtlChoice {
  RtlDesign design = RtlDesign::kTranslationCache;
  core::Replacement replacement = core::Replacement::kTreePlru;
};

struct RtlConfiguration {
  RtlDesign design;
  core::CacheConfig config;  // with the policy: of the reference that gives the same answers
  core::Replacement replacement;
  std::unique_ptr<CacheModel> (*make)(const std::string& name);
};

std::span<const RtlConfiguration> rtl_configurations();  // generated

// Null when this size of the design was not Verilated; sizes_available() then says what there is, for the
// error message.
std::unique_ptr<CacheModel> make_cache_model(const core::CacheConfig& config, const std::string& name,
                                             RtlChoice choice = {});
std::string to_string(const core::CacheConfig& config, core::Replacement replacement);
std::string sizes_available(RtlDesign design);

}  // namespace smmu_vp::tb
