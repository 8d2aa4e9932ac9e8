// Context descriptors: L1CD and CD fields by absolute bit, and the encodings of their fields (5.3, 5.4).
#pragma once

#include <array>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 64 bytes (5.4).
struct Cd {
  std::array<u64, 8> w{};
  friend constexpr bool operator==(const Cd&, const Cd&) = default;
};
inline constexpr unsigned kCdLog2Bytes = 6;

// Level 1 Context Descriptor, 8 bytes (5.3).
namespace l1cd {
inline constexpr Field V{0, 0};
inline constexpr Field L2Ptr{55, 12};
inline constexpr unsigned kLog2Bytes = 3;
// CDs in one level-2 table, log2: a 4KB or a 64KB leaf (5.2, S1Fmt).
inline constexpr unsigned kLog2Leaf4K = 6, kLog2Leaf64K = 10;
}  // namespace l1cd

namespace cd {

inline constexpr Field T0SZ{5, 0};
inline constexpr Field TG0{7, 6};
inline constexpr Field IR0{9, 8};
inline constexpr Field OR0{11, 10};
inline constexpr Field SH0{13, 12};
inline constexpr Field EPD0{14, 14};
inline constexpr Field ENDI{15, 15};
inline constexpr Field T1SZ{21, 16};
inline constexpr Field TG1{23, 22};
inline constexpr Field IR1{25, 24};
inline constexpr Field OR1{27, 26};
inline constexpr Field SH1{29, 28};
inline constexpr Field EPD1{30, 30};
inline constexpr Field V{31, 31};
inline constexpr Field IPS{34, 32};
inline constexpr Field AFFD{35, 35};
inline constexpr Field WXN{36, 36};
inline constexpr Field UWXN{37, 37};
inline constexpr Field TBI0{38, 38};
inline constexpr Field TBI1{39, 39};
inline constexpr Field PAN{40, 40};
inline constexpr Field AA64{41, 41};
inline constexpr Field HD{42, 42};
inline constexpr Field HA{43, 43};
inline constexpr Field S{44, 44};
inline constexpr Field R{45, 45};
inline constexpr Field A{46, 46};
inline constexpr Field ASET{47, 47};
inline constexpr Field ASID{63, 48};

inline constexpr Field NSCFG0{64, 64};
inline constexpr Field HAD0{65, 65};
inline constexpr Field DisCH0{65, 65};  // when IDR5.D128 is 1
inline constexpr Field E0PD0{66, 66};
inline constexpr Field HAFT{67, 67};
inline constexpr Field TTB0{119, 68};
inline constexpr Field PnCH{122, 122};
inline constexpr Field EPAN{123, 123};
inline constexpr Field HWU059{124, 124};
inline constexpr Field HWU060{125, 125};
inline constexpr Field HWU061{126, 126};
inline constexpr Field HWU062{127, 127};
inline constexpr Field SKL0{127, 126};  // when IDR5.D128 is 1

inline constexpr Field NSCFG1{128, 128};
inline constexpr Field HAD1{129, 129};
inline constexpr Field DisCH1{129, 129};  // when IDR5.D128 is 1
inline constexpr Field E0PD1{130, 130};
inline constexpr Field AIE{131, 131};
inline constexpr Field TTB1{183, 132};
inline constexpr Field DS{186, 186};
inline constexpr Field PIE{187, 187};
inline constexpr Field HWU159{188, 188};
inline constexpr Field HWU160{189, 189};
inline constexpr Field HWU161{190, 190};
inline constexpr Field HWU162{191, 191};
inline constexpr Field SKL1{191, 190};  // when IDR5.D128 is 1

inline constexpr Field MAIR0{223, 192};
inline constexpr Field MAIR1{255, 224};
inline constexpr Field AMAIR0{287, 256};
inline constexpr Field AMAIR1{319, 288};
inline constexpr Field PARTID{367, 352};
inline constexpr Field PMG{375, 368};

// The eight attribute bytes MAIR1:MAIR0 in one, indexed by a descriptor's AttrIndx.
inline constexpr Field MAIR{255, 192};

// Permission indirections, 3 bits each: p = 0..15, unprivileged then privileged.
consteval Field PIIU(unsigned p) {
  return {3 * p + 386, 3 * p + 384};
}
consteval Field PIIP(unsigned p) {
  return {3 * p + 450, 3 * p + 448};
}

inline constexpr u64 kTg0_4K = 0b00, kTg0_64K = 0b01, kTg0_16K = 0b10;
inline constexpr u64 kTg1_16K = 0b01, kTg1_4K = 0b10, kTg1_64K = 0b11;

}  // namespace cd

// Address sizes of CD.IPS, STE.S2PS and IDR5.OAS alike; a Reserved 0b111 behaves as 52 bits
// (5.4, 5.2, 6.3.6).
inline constexpr std::array<u8, 8> kAddressSizeBits = {32, 36, 40, 42, 44, 48, 52, 52};

}  // namespace smmu_vp::spec
