// A bench with the counter group: counter n counts event n.
#pragma once

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

inline constexpr u32 kPage0 = 0x2'0000, kPage1 = 0x3'0000;

// Without a walk cache, so that every walk reads all its tables.
inline core::SmmuConfig with_counters(core::SmmuConfig config = {}) {
  config.features.pmcg = true;
  config.walk_cache_entries = 0;
  return config;
}

// Counts the events of every stream.
inline void count_everything(Bench& b) {
  for (u32 n = 0; n < 8; ++n) {
    b.write32(kPage0 + pmcg_reg::EVTYPER0 + 4 * n, evtyper::FILTER_SID_SPAN | n);
    b.write32(kPage0 + pmcg_reg::SMR0 + 4 * n, 0xFFFF'FFFF);
  }
  b.write64(kPage0 + pmcg_reg::CNTENSET0, 0xFF);
  b.write32(kPage0 + pmcg_reg::CR, 1);
}
inline u32 count(Bench& b, u32 event) {
  return b.read32(kPage1 + 8 * event);
}

}  // namespace smmu_vp::test
