// Reads the contents of a translation cache, for explain and dumps, without side effects.
#pragma once

#include <functional>

#include "tlm/core/reference_cache.h"

namespace smmu_vp::tb {

// Implemented by caches that contain a reference model. RTL alone shows its contents only in waves.
class CacheContents {
 public:
  virtual ~CacheContents() = default;
  virtual const core::ReferenceCache& reference() const = 0;
};

// Calls f(slot) for each valid entry.
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

}  // namespace smmu_vp::tb
