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

#define FIELD(name, hi, lo) inline constexpr Field name{hi, lo};
#include "tlm/spec/cd.def"

inline constexpr NamedField kFields[] = {
#define FIELD(name, hi, lo) {#name, name},
#include "tlm/spec/cd.def"
};

// MAIR1:MAIR0 as one field of eight attribute bytes, indexed by a descriptor's AttrIndx.
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
