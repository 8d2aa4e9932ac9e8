// Stage 2 for the bench's stream, alone or under its process's stage 1. VMID 9, 32 input bits, 4 KB granule.
#pragma once

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

inline constexpr u64 kS2L1 = 0x50'0000, kS2L2 = 0x51'0000;
inline constexpr u64 kBlock = s2::kData | pte::kBlock, kS2Page = s2::kData | pte::kPage;
inline constexpr u64 kDataIpa = Bench::kPage;  // 2 MB
inline constexpr u64 kDataPa = 0x60'0000;      // where stage 2 maps it to
inline constexpr u64 kVmid = 9;
inline constexpr u64 kS2Word = ste::kInput32Bits | ste::s2_vmid(kVmid);

inline core::SmmuConfig both_stages(unsigned httu = 0) {
  core::SmmuConfig config;
  config.features.s2 = config.features.hyp = true;
  config.features.httu = httu;
  return config;
}

// Identity-maps 2 MB blocks, except the data's block.
inline void map_stage2(Bench& b) {
  b.memory.store(kS2L1, kS2L2 | pte::kTable);
  for (u64 i = 0; i < 8; ++i) b.memory.store(kS2L2 + 8 * i, i << 21 | kBlock);
  b.memory.store(kS2L2 + 8, kDataPa | kBlock);
}
inline void enable_stage2(Bench& b, bool stage1, u64 more = 0) {
  const u64 ste = Bench::ste_at();
  map_stage2(b);
  if (stage1) {
    b.bind_process();
    b.memory.store(ste, b.memory.load(ste) | ste::kNested);
    b.memory.store(ste + 8, ste::kDssBypass);
  } else {
    b.memory.store(ste, ste::kStage2 | ste::V);
  }
  b.memory.store(ste + 16, kS2Word | more);
  b.memory.store(ste + 24, kS2L1);
}
inline void check_event(Bench& b, u32 index, u64 type, u64 cls, u64 ipa) {
  CHECK(b.event(index).type() == type);
  CHECK(b.event(index).s2());
  CHECK(b.event(index).cls() == cls);
  CHECK(b.event(index).ipa() == ipa);
}

}  // namespace smmu_vp::test
