// Stage 2 for the bench's stream, alone or under its process's stage 1. VMID 9, 32 input bits, 4 KB granule.
#pragma once

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

inline constexpr u64 kS2L1 = 0x50'0000, kS2L2 = 0x51'0000;
inline constexpr u64 kBlock = 0x7FD;           // write-back, read and write, inner shareable, AF
inline constexpr u64 kDataIpa = Bench::kPage;  // 2 MB
inline constexpr u64 kDataPa = 0x60'0000;      // what stage 2 makes of it
// VMID 9, T0SZ 32, SL0 1, 4 KB, PS 48 bits, AA64, R.
inline constexpr u64 kS2Word = 0x040D'0060'0000'0009;
inline constexpr u64 kS2S = u64{1} << 57;  // bit 185

inline core::SmmuConfig both_stages(unsigned httu = 0) {
  core::SmmuConfig config;
  config.features.s2 = config.features.hyp = true;
  config.features.httu = httu;
  return config;
}

// 2 MB blocks onto themselves, the data's block elsewhere.
inline void map_stage2(Bench& b) {
  b.memory.store(kS2L1, kS2L2 | 3);
  for (u64 i = 0; i < 8; ++i) b.memory.store(kS2L2 + 8 * i, i << 21 | kBlock);
  b.memory.store(kS2L2 + 8, kDataPa | kBlock);
}
inline void enable_stage2(Bench& b, bool stage1, u64 more = 0) {
  const u64 ste = Bench::kStrtab + 64 * Bench::kSid;
  map_stage2(b);
  if (stage1) {
    b.bind_process();
    b.memory.store(ste, b.memory.load(ste) | 0x4);  // Config 0b111
    b.memory.store(ste + 8, 0x1);                   // EATS 0, S1DSS bypass
  } else {
    b.memory.store(ste, 0xD);
  }
  b.memory.store(ste + 16, kS2Word | more);
  b.memory.store(ste + 24, kS2L1);
}
inline void check_event(Bench& b, u32 index, u64 number, u64 class_, u64 ipa) {
  CHECK((b.event_word(index, 0) & 0xFF) == number);
  CHECK((b.event_word(index, 1) >> 39 & 1) == 1);  // S2
  CHECK((b.event_word(index, 1) >> 40 & 3) == class_);
  CHECK((b.event_word(index, 3) & ~u64{0xFFF}) == ipa);
}

}  // namespace smmu_vp::test
