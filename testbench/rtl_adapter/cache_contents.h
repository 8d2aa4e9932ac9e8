// What a translation cache holds, for whoever explains or dumps: looking changes nothing.
#pragma once

#include <functional>
#include <optional>

#include "tlm/core/reference_cache.h"

namespace smmu_vp::tb {

// A cache with a reference inside offers it by this interface; the RTL alone shows its contents in waves.
class CacheContents {
 public:
  virtual ~CacheContents() = default;
  virtual const core::ReferenceCache& reference() const = 0;
};

// f(slot) for each valid entry.
inline void each_held(const core::ReferenceCache& cache,
                      const std::function<void(const core::ReferenceCache::Slot&)>& f) {
  const core::CacheConfig& c = cache.config();
  const auto visit = [&](bool block_bank, unsigned set, unsigned way) {
    if (const auto slot = cache.slot(block_bank, set, way); slot.valid) f(slot);
  };
  for (unsigned set = 0; set < c.sets; ++set) {
    for (unsigned way = 0; way < c.ways; ++way) visit(false, set, way);
  }
  for (unsigned way = 0; way < c.block_entries; ++way) visit(true, 0, way);
}

inline std::optional<core::Translation> held_for(const core::ReferenceCache& cache,
                                                 const core::LookupKey& key) {
  std::optional<core::Translation> found;
  each_held(cache, [&](const core::ReferenceCache::Slot& s) {
    const bool context = s.entry.global || s.context == key.context;
    const bool covers = ((s.entry.va ^ key.va) >> s.entry.log2_size) == 0;
    if (!found && s.world == key.world && s.vmid == key.vmid && s.granule == key.granule && context && covers)
      found = s.entry;
  });
  return found;
}

}  // namespace smmu_vp::tb
