// Creates the translation cache of one site in the configured implementation.
#pragma once

#include <memory>
#include <string>

#include "testbench/machine/rtl_adapter/rtl_models.h"
#include "tlm/core/translation_cache.h"
#include "tlm/trace/bus.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::tb {

// An operation takes `hit_ps` in the reference and cycles of `clock_ps` in the RTL.
struct CacheTimes {
  u64 hit_ps, clock_ps;
};

// `name` is the site in facts and the top of the hierarchy in waves. kRtl and kLockstep return an RtlCache (a WaveSource), which
// is a SystemC module of this name; if the design was not Verilated in this size they throw
// std::invalid_argument, which names the available sizes. Failed RTL assertions and lockstep differences are
// announced as trace::CacheMismatch.
std::unique_ptr<core::TranslationCachePort> make_translation_cache(CacheImpl impl, const std::string& name,
                                                                   const core::CacheConfig& config,
                                                                   const CacheTimes& times,
                                                                   transport::Timing& timing, trace::Bus& bus,
                                                                   const RtlChoice& choice = {});

}  // namespace smmu_vp::tb
