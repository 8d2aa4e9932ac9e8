// Announces the operations of a translation cache, in the same facts for every implementation.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tlm/core/translation_cache.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::tb {

class CacheFacts {
 public:
  CacheFacts(const trace::Bus& bus, std::string site) : bus_(bus), site_(std::move(site)) {}

  void lookup(const core::LookupKey& key, const core::LookupResult& result, bool compared = false) const {
    if (bus_.heard<trace::CacheLookup>()) announce_lookup(key, result, compared);
  }
  void fill(u8 mshr, const core::Translation* entry, const core::FillResult& result,
            bool compared = false) const {
    bus_.announce(trace::CacheFill{.site = site_,
                                   .mshr = mshr,
                                   .dropped = result.dropped,
                                   .va = entry != nullptr ? entry->va : 0,
                                   .pa = entry != nullptr ? entry->pa : 0,
                                   .compared = compared});
  }
  void invalidate(const core::Invalidation& what, const core::InvalidateResult& result,
                  bool compared = false) const {
    bus_.announce(trace::CacheInvalidate{.site = site_,
                                         .scope = what.scope,
                                         .context = what.context,
                                         .first = what.first,
                                         .last = what.last,
                                         .entries = result.entries,
                                         .poisoned = result.mshrs_poisoned,
                                         .compared = compared});
  }
  void mismatch(const std::string& what) const {
    bus_.announce(trace::CacheMismatch{.site = site_, .what = what});
  }

 private:
  // A lookup is the common operation: what it does only for listeners stays out of its way.
  [[gnu::noinline]] void announce_lookup(const core::LookupKey& key, const core::LookupResult& result,
                                         bool compared) const {
    bus_.announce(trace::CacheLookup{.site = site_,
                                     .context = key.context,
                                     .va = key.va,
                                     .status = result.status,
                                     .mshr = result.mshr,
                                     .compared = compared});
  }

  const trace::Bus& bus_;
  std::string site_;
};

}  // namespace smmu_vp::tb
