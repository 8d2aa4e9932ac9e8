// Creates a site's translation cache in the configured implementation.
#include "testbench/machine/rtl_adapter/make_translation_cache.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "testbench/machine/rtl_adapter/contract_cache.h"
#include "testbench/machine/rtl_adapter/lockstep_cache.h"
#include "testbench/machine/rtl_adapter/timed_reference_cache.h"

namespace smmu_vp::tb {

std::unique_ptr<core::TranslationCachePort> make_translation_cache(CacheImpl impl, const std::string& name,
                                                                   const core::CacheConfig& config,
                                                                   const CacheTimes& times,
                                                                   transport::Timing& timing, trace::Bus& bus,
                                                                   const RtlChoice& choice) {
  if (impl == CacheImpl::kReference)
    return std::make_unique<TimedReferenceCache>(name, core::ReferenceCache(config, choice.replacement),
                                                 times.hit_ps, timing, bus);

  auto model = make_cache_model(config, name, choice);
  if (model == nullptr)
    throw std::invalid_argument(fmt::format("{}: {} was not built with {}; available: {}", name,
                                            choice.design, to_string(config, choice.replacement),
                                            sizes_available(choice.design)));
  if (impl == CacheImpl::kRtl)
    return std::make_unique<ContractCache>(name.c_str(), std::move(model), times.clock_ps, timing, bus);
  return std::make_unique<LockstepCache>(name.c_str(), std::move(model),
                                         core::ReferenceCache(config, choice.replacement), times.clock_ps,
                                         timing, bus);
}

}  // namespace smmu_vp::tb
