// The machine's translation caches, each in its configured implementation.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "testbench/machine/config/config.h"
#include "testbench/machine/rtl_adapter/wave_source.h"
#include "tlm/core/reference_cache.h"
#include "tlm/core/translation_cache.h"
#include "tlm/trace/bus.h"
#include "tlm/transport/timing.h"

namespace smmu_vp::tb {

class TranslationCaches {
 public:
  TranslationCaches(const Config& config, transport::Timing& timing, trace::Bus& facts)
      : config_(config), timing_(timing), facts_(facts) {}

  // The TLB of a TBU. Call for each TBU in ascending order, before any ATC.
  core::TranslationCachePort& make_tlb(unsigned tbu);
  core::TranslationCachePort& make_atc(std::size_t endpoint);

  // The contents of a TBU's TLB; null if they cannot be read.
  const core::ReferenceCache* tlb_contents(unsigned tbu) const;
  // The Verilated models among the caches.
  std::span<WaveSource* const> wave_sources() const { return wave_sources_; }

 private:
  struct Site {
    std::string name;  // in facts and waves
    std::string keys;  // in messages
  };
  template <typename Choices>
  core::TranslationCachePort& make(const Choices& choices, const Site& site, const core::CacheConfig& sizes);

  const Config& config_;
  transport::Timing& timing_;
  trace::Bus& facts_;
  std::vector<std::unique_ptr<core::TranslationCachePort>> caches_;  // those of the TBUs first
  std::vector<WaveSource*> wave_sources_;
};

}  // namespace smmu_vp::tb
