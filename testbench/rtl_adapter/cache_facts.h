// Announces what a translation cache did; the same words whichever implementation did it.
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

  void lookup(const core::LookupKey& key, const core::LookupResult& result) const {
    static constexpr std::string_view kStatus[] = {"hit", "miss", "merged", "full"};
    bus_.announce(trace::CacheLookup{.site = site_,
                                     .context = key.context,
                                     .va = key.va,
                                     .status = kStatus[static_cast<u8>(result.status)],
                                     .mshr = result.mshr});
  }
  void fill(u8 mshr, const core::Translation* entry, const core::FillResult& result) const {
    bus_.announce(trace::CacheFill{.site = site_,
                                   .mshr = mshr,
                                   .dropped = result.dropped,
                                   .va = entry != nullptr ? entry->va : 0,
                                   .pa = entry != nullptr ? entry->pa : 0});
  }
  void invalidate(const core::Invalidation& what, const core::InvalidateResult& result) const {
    static constexpr std::string_view kScope[] = {"all", "vmid", "context", "va"};
    bus_.announce(trace::CacheInvalidate{.site = site_,
                                         .scope = kScope[static_cast<u8>(what.scope)],
                                         .context = what.context,
                                         .first = what.first,
                                         .last = what.last,
                                         .entries = result.entries,
                                         .poisoned = result.mshrs_poisoned});
  }
  void mismatch(const std::string& what) const {
    bus_.announce(trace::CacheMismatch{.site = site_, .what = what});
  }

 private:
  const trace::Bus& bus_;
  std::string site_;
};

}  // namespace smmu_vp::tb
