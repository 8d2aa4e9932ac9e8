// Stream table: L1STD and STE fields by absolute bit, and the encodings of their fields (5.1, 5.2).
#pragma once

#include <array>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 64 bytes (5.2).
struct Ste {
  std::array<u64, 8> w{};
  friend constexpr bool operator==(const Ste&, const Ste&) = default;
};
inline constexpr unsigned kSteLog2Bytes = 6;

// Level 1 Stream Table Descriptor, 8 bytes (5.1).
namespace l1std {
inline constexpr Field Span{4, 0};
inline constexpr Field L2Ptr{55, 6};
inline constexpr unsigned kLog2Bytes = 3;
inline constexpr u64 kSpanInvalid = 0, kSpanMax = 11;  // above the maximum behaves as 0
}  // namespace l1std

namespace ste {

#define FIELD(name, hi, lo) inline constexpr Field name{hi, lo};
#include "tlm/spec/ste.def"

inline constexpr NamedField kFields[] = {
#define FIELD(name, hi, lo) {#name, name},
#include "tlm/spec/ste.def"
};

// Stage 2 permission overlay index p, 4 bits each from bit 448.
consteval Field S2POI(unsigned p) {
  return {4 * p + 451, 4 * p + 448};
}

// Config: bit 2 lets traffic pass, bit 1 enables stage 2, bit 0 stage 1.
inline constexpr u64 kConfigAbort = 0b000, kConfigBypass = 0b100, kConfigS1 = 0b101, kConfigS2 = 0b110,
                     kConfigNested = 0b111;
inline constexpr Field ConfigPass{3, 3};
inline constexpr Field ConfigS2{2, 2};
inline constexpr Field ConfigS1{1, 1};

inline constexpr u64 kS1FmtLinear = 0b00, kS1Fmt4K = 0b01, kS1Fmt64K = 0b10;
inline constexpr u64 kS1DssTerminate = 0b00, kS1DssBypass = 0b01, kS1DssSsid0 = 0b10;
inline constexpr u64 kEatsAbort = 0b00, kEatsFull = 0b01, kEatsSplit = 0b10, kEatsDpt = 0b11;
inline constexpr u64 kStrwNsEl1 = 0b00, kStrwEl2 = 0b10;
inline constexpr u64 kShcfgNonShareable = 0b00, kShcfgIncoming = 0b01, kShcfgOuter = 0b10, kShcfgInner = 0b11;
inline constexpr u64 kPrivcfgIncoming = 0b00, kPrivcfgUnprivileged = 0b10, kPrivcfgPrivileged = 0b11;
inline constexpr u64 kInstcfgIncoming = 0b00, kInstcfgData = 0b10, kInstcfgInstruction = 0b11;
inline constexpr u64 kS2Tg4K = 0b00, kS2Tg64K = 0b01, kS2Tg16K = 0b10;

}  // namespace ste
}  // namespace smmu_vp::spec
