// Chooses the implementation of a site's translation cache.
#include "testbench/rtl_adapter/make_translation_cache.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "testbench/rtl_adapter/lockstep_cache.h"
#include "testbench/rtl_adapter/rtl_cache.h"
#include "testbench/rtl_adapter/timed_reference_cache.h"

namespace smmu_vp::tb {

std::unique_ptr<core::TranslationCachePort> make_translation_cache(Impl impl, const std::string& name,
                                                                   const core::CacheConfig& config,
                                                                   u64 hit_ps, u64 clock_ps,
                                                                   transport::Timing& timing, trace::Bus& bus,
                                                                   RtlChoice choice) {
  if (impl == Impl::kReference)
    return std::make_unique<TimedReferenceCache>(name, core::ReferenceCache(config, choice.replacement),
                                                 hit_ps, timing, bus);

  auto model = make_cache_model(config, name, choice);
  if (model == nullptr)
    throw std::invalid_argument(fmt::format("{}: {} was not built with {}; available: {}", name,
                                            to_string(choice.design), to_string(config, choice.replacement),
                                            sizes_available(choice.design)));
  if (impl == Impl::kRtl)
    return std::make_unique<RtlCache>(name.c_str(), std::move(model), clock_ps, timing, bus);
  return std::make_unique<LockstepCache>(name.c_str(), std::move(model),
                                         core::ReferenceCache(config, choice.replacement), clock_ps, timing,
                                         bus);
}

}  // namespace smmu_vp::tb
