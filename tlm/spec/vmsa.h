// VMSAv8-64 translation tables: descriptor fields of both stages, and the geometry of each granule (D8.2,
// D8.3, D8.7). Data only; the walker is in tlm/core.
#pragma once

#include "tlm/spec/field.h"

namespace smmu_vp::spec::vmsa {

// D8.3, table D8-48: bit 0 valid; bit 1 table (levels below 3) or page (level 3). Level 3
// with bit 1 clear is invalid.
inline constexpr Field Valid{0, 0};
inline constexpr Field Type{1, 1};
inline constexpr u64 kBlock = 0b01, kTableOrPage = 0b11;
inline constexpr unsigned kLastLevel = 3;
inline constexpr unsigned kDescriptorLog2Bytes = 3;

// Table descriptor, stage 1 (D8-50).
inline constexpr Field NSTable{63, 63};
inline constexpr Field APTable{62, 61};
inline constexpr Field UXNTable{60, 60};  // XNTable where there is one privilege level
inline constexpr Field PXNTable{59, 59};
inline constexpr u64 kApTableNoUnprivileged = 0b01, kApTableReadOnly = 0b10;  // bits of APTable

// Block and page descriptors, stage 1 (D8-52).
inline constexpr Field AttrIndx{4, 2};
inline constexpr Field NS{5, 5};
inline constexpr Field AP{7, 6};  // AP[2:1]: AP[2] read-only, AP[1] unprivileged access
inline constexpr Field SH{9, 8};
inline constexpr Field AF{10, 10};
inline constexpr Field nG{11, 11};
inline constexpr Field nT{16, 16};
inline constexpr Field GP{50, 50};
inline constexpr Field DBM{51, 51};
inline constexpr Field Contiguous{52, 52};
inline constexpr Field PXN{53, 53};
inline constexpr Field UXN{54, 54};  // XN where there is one privilege level
inline constexpr Field PBHA{62, 59};
inline constexpr u64 kApUnprivileged = 0b01, kApReadOnly = 0b10;  // bits of AP[2:1]

// Block and page descriptors, stage 2 (D8-53): positions that differ in meaning from stage 1.
namespace s2 {
inline constexpr Field MemAttr{5, 2};
inline constexpr Field S2AP{7, 6};
inline constexpr Field XN{54, 53};                         // XN[1:0]; without FEAT_XNX only bit 54
inline constexpr u64 kS2apRead = 0b01, kS2apWrite = 0b10;  // bits of S2AP
}  // namespace s2

// Address bits, per granule and output size (D8-50 to D8-53).
inline constexpr Field Address4K{47, 12};
inline constexpr Field Address16K{47, 14};
inline constexpr Field Address64K{47, 16};
inline constexpr Field AddressDs49_48{49, 48};   // 4KB and 16KB with DS: OA[49:48]
inline constexpr Field AddressDs51_50{9, 8};     // 4KB and 16KB with DS: OA[51:50], instead of SH
inline constexpr Field Address64K51_48{15, 12};  // 64KB with a 52-bit output size: OA[51:48]

enum class Granule : u8 { k4K, k16K, k64K };

// log2 of the granule's bytes.
constexpr unsigned page_shift(Granule g) {
  return g == Granule::k4K ? 12 : g == Granule::k16K ? 14 : 16;
}
// Input address bits that one level resolves: a table fills one granule with 8-byte descriptors.
constexpr unsigned bits_per_level(Granule g) {
  return page_shift(g) - kDescriptorLog2Bytes;
}
// log2 of the range that one descriptor at this level covers. Level -1 exists for 52-bit 4KB tables only.
constexpr unsigned level_shift(Granule g, int level) {
  return page_shift(g) + static_cast<unsigned>(3 - level) * bits_per_level(g);
}
// The level of the descriptor, alone or in a contiguous group, that covers so many bytes.
constexpr int leaf_level(Granule g, unsigned log2_bytes) {
  int level = 3;
  while (level > -1 && log2_bytes >= level_shift(g, level - 1)) --level;
  return level;
}
// The level at which a stage 1 walk of this input size starts.
constexpr int start_level(Granule g, unsigned input_bits) {
  return 3 - static_cast<int>((input_bits - page_shift(g) - 1) / bits_per_level(g));
}
// The level at which a stage 2 walk starts: [granule][STE.S2SL0] (D8-19, D8-29, D8-38). With S2DS and 4KB,
// S2SL0_2 set makes S2SL0 0 mean level -1 and the other three Reserved.
inline constexpr int kReservedLevel = 4;
inline constexpr int kS2StartLevel[3][4] = {{2, 1, 0, 3}, {3, 2, 1, 0}, {3, 2, 1, kReservedLevel}};
// Whether block descriptors exist at this level; the wide forms need 52-bit addresses (DS, or LPA for 64KB).
constexpr bool block_permitted(Granule g, int level, bool wide) {
  switch (g) {
    case Granule::k4K:
      return level == 1 || level == 2 || (wide && level == 0);
    case Granule::k16K:
    case Granule::k64K:
      return level == 2 || (wide && level == 1);
  }
  return false;
}
// log2 of the entries in a contiguous group (D8.7); zero where the Contiguous bit is not used.
constexpr unsigned contiguous_log2(Granule g, int level) {
  switch (g) {
    case Granule::k4K:
      return level >= 1 ? 4 : 0;
    case Granule::k16K:
      return level == 3 ? 7 : level == 2 ? 5 : 0;
    case Granule::k64K:
      return level >= 2 ? 5 : 0;
  }
  return 0;
}

// TxSZ limits, both stages (5.4 T0SZ, 5.2 S2T0SZ).
inline constexpr unsigned kTxszMin = 16;    // 48-bit input addresses
inline constexpr unsigned kTxszMin52 = 12;  // 52-bit input addresses, where permitted
inline constexpr unsigned kTxszMax = 39;    // without IDR3.STT
constexpr unsigned txsz_max_stt(Granule g) {
  return g == Granule::k64K ? 47 : 48;
}

}  // namespace smmu_vp::spec::vmsa
