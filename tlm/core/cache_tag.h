// What a cached translation belongs to, in one word: regime (world and VMID), context, granule, and whether it is global.
// A tag of 0 is an invalid entry.
#pragma once

#include "tlm/core/translation_cache.h"

namespace smmu_vp::core::cache_tag {

inline constexpr u64 kContextMask = (u64{1} << 21) - 1;
inline constexpr unsigned kVmidShift = 21;
inline constexpr u64 kVmidMask = u64{0xFFFF} << kVmidShift;
inline constexpr unsigned kWorldShift = 37;
inline constexpr u64 kWorldMask = u64{3} << kWorldShift;
inline constexpr unsigned kGranuleShift = 39;
inline constexpr u64 kGranuleMask = u64{3} << kGranuleShift;
inline constexpr u64 kGlobal = u64{1} << 41;
inline constexpr u64 kValid = u64{1} << 42;

inline u64 tag_of(const LookupKey& key) {
  return kValid | (u64{static_cast<u8>(key.granule)} << kGranuleShift) |
         (u64{static_cast<u8>(key.world)} << kWorldShift) | (u64{key.vmid} << kVmidShift) |
         (key.context & kContextMask);
}

inline Granule granule_of(u64 tag) {
  return static_cast<Granule>((tag >> kGranuleShift) & 3);
}

// Same regime and granule, and the same context unless one of the two is global.
inline bool same_context(u64 a, u64 b) {
  if (a == b) return true;
  return ((a | b) & kGlobal) != 0 && ((a ^ b) & ~(kContextMask | kGlobal)) == 0;
}

}  // namespace smmu_vp::core::cache_tag
