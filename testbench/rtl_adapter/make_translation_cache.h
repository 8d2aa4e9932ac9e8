// Makes the translation cache of one site in the implementation that the configuration asks for.
#pragma once

#include <memory>
#include <string>

#include "testbench/rtl_adapter/rtl_models.h"
#include "tlm/core/translation_cache.h"
#include "tlm/trace/bus.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::tb {

enum class Impl : u8 { kReference, kRtl, kLockstep };

// `name` is the site in facts and the top of the hierarchy in waves. `hit_ps` is the time one operation of
// the reference takes; the RTL takes cycles of `clock_ps`. kRtl and kLockstep return an RtlCache (a
// WaveSource), make a SystemC module of this name, and throw std::invalid_argument naming the sizes there are
// when this one was not Verilated of the design chosen. Failed RTL assertions and lockstep differences are
// announced as trace::CacheMismatch.
std::unique_ptr<core::TranslationCachePort> make_translation_cache(Impl impl, const std::string& name,
                                                                   const core::CacheConfig& config,
                                                                   u64 hit_ps, u64 clock_ps,
                                                                   transport::Timing& timing, trace::Bus& bus,
                                                                   RtlChoice choice = {});

}  // namespace smmu_vp::tb
