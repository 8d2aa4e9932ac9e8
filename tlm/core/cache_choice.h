// The implementations of the translation cache that a TLB or ATC can be configured with.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::core {

enum class CacheImpl : u8 { kReference, kRtl, kLockstep };
// The RTL design that kRtl and kLockstep use.
enum class RtlDesign : u8 { kTranslationCache, kSimpleCache, kStaleCache };

}  // namespace smmu_vp::core
