// Builds caches from configuration keys.
#include "testbench/machine/platform/translation_caches.h"

#include <fmt/format.h>

#include <stdexcept>

#include "testbench/machine/config/config_error.h"
#include "testbench/machine/rtl_adapter/cache_contents.h"
#include "testbench/machine/rtl_adapter/cache_plugin.h"
#include "testbench/machine/rtl_adapter/make_translation_cache.h"

namespace smmu_vp::tb {

// `choices` is a TlbConfig or an AtcConfig.
template <typename Choices>
core::TranslationCachePort& TranslationCaches::make(const Choices& choices, const Site& site,
                                                    const core::CacheConfig& sizes) {
  const RtlChoice rtl{choices.rtl, choices.replacement};
  try {
    caches_.push_back(make_translation_cache(choices.impl, site.name, sizes,
                                             {.hit_ps = choices.hit_ps, .clock_ps = config_.tlb.clock_ps},
                                             timing_, facts_, rtl));
  } catch (const ModelNotBuilt& e) {
    throw MissingModel({.message = fmt::format("configuration: {}.impl and sizes: {}", site.keys, e.what()),
                        .model = e.model});
  } catch (const PluginError& e) {
    throw ConfigError(fmt::format("configuration: {}.rtl = \"{}\": {}", site.keys, choices.rtl, e.what()));
  } catch (const std::invalid_argument& e) {
    throw ConfigError(fmt::format("configuration: {}.impl and sizes: {}", site.keys, e.what()));
  }
  if (auto* const source = dynamic_cast<WaveSource*>(caches_.back().get())) wave_sources_.push_back(source);
  return *caches_.back();
}

core::TranslationCachePort& TranslationCaches::make_tlb(unsigned tbu) {
  core::CacheConfig sizes = config_.smmu.tlb;
  if (config_.tlb.impl == CacheImpl::kReference) sizes.bug = config_.smmu.bug;
  return make(config_.tlb, {.name = fmt::format("tbu{}_tlb", tbu), .keys = "smmu.tbu.tlb"}, sizes);
}

core::TranslationCachePort& TranslationCaches::make_atc(std::size_t endpoint) {
  const AtcConfig& atc = config_.endpoints[endpoint].atc;
  return make(atc,
              {.name = fmt::format("ep{}_atc", endpoint), .keys = fmt::format("endpoint.{}.atc", endpoint)},
              {.sets = atc.entries / atc.ways,
               .ways = atc.ways,
               .block_entries = atc.block_entries,
               .mshrs = atc.mshrs});
}

const core::ReferenceCache* TranslationCaches::tlb_contents(unsigned tbu) const {
  const auto* const visible = dynamic_cast<const CacheContents*>(caches_[tbu].get());
  return visible == nullptr ? nullptr : &visible->reference();
}

}  // namespace smmu_vp::tb
