// The implementations of the translation cache that a TLB or ATC can be configured with.
#pragma once

#include <array>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::core {

enum class CacheImpl : u8 { kReference, kRtl, kLockstep };
// The RTL designs that kRtl and kLockstep can use; the first is the default. A design that is not of this tree is
// written kPluginPrefix and the path of its plug-in.
inline constexpr std::array<std::string_view, 3> kRtlDesigns = {"translation_cache", "simple_cache",
                                                                "stale_cache"};
inline constexpr std::string_view kPluginPrefix = "plugin:";

}  // namespace smmu_vp::core
