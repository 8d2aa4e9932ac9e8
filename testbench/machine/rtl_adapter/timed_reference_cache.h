// The reference cache with durations: waits first, then acts, so that the effect is instantaneous.
#pragma once

#include <string>
#include <utility>

#include "testbench/machine/rtl_adapter/cache_contents.h"
#include "testbench/machine/rtl_adapter/cache_facts.h"
#include "tlm/core/reference_cache.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::tb {

class TimedReferenceCache final : public core::TranslationCachePort, public CacheContents {
 public:
  TimedReferenceCache(const std::string& name, core::ReferenceCache cache, u64 hit_ps,
                      transport::Timing& timing, const trace::Bus& bus)
      : cache_(std::move(cache)), hit_ps_(hit_ps), timing_(timing), facts_(bus, name) {}

  core::LookupResult lookup(const core::LookupKey& key) override {
    timing_.charge(hit_ps_);
    const core::LookupResult result = cache_.lookup(key);
    facts_.lookup(key, result);
    return result;
  }
  core::FillResult fill(u8 mshr, const core::Translation* entry_or_null) override {
    timing_.charge(hit_ps_);
    const core::FillResult result = cache_.fill(mshr, entry_or_null);
    facts_.fill(mshr, entry_or_null, result);
    return result;
  }
  core::InvalidateResult invalidate(const core::Invalidation& what) override {
    timing_.charge(hit_ps_);
    const core::InvalidateResult result = cache_.invalidate(what);
    facts_.invalidate(what, result);
    return result;
  }
  const core::ReferenceCache& reference() const override { return cache_; }

 private:
  core::ReferenceCache cache_;
  u64 hit_ps_;
  transport::Timing& timing_;
  CacheFacts facts_;
};

}  // namespace smmu_vp::tb
