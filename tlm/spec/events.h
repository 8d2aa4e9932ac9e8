// Event records: numbers, fields by absolute bit, and which record carries which field (7.3).
#pragma once

#include <array>
#include <span>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 32 bytes, little-endian (7.3).
struct Event {
  std::array<u64, 4> w{};
  friend constexpr bool operator==(const Event&, const Event&) = default;
};

enum class EventId : u8 {
  F_UUT = 0x01,
  C_BAD_STREAMID = 0x02,
  F_STE_FETCH = 0x03,
  C_BAD_STE = 0x04,
  F_BAD_ATS_TREQ = 0x05,
  F_STREAM_DISABLED = 0x06,
  F_TRANSL_FORBIDDEN = 0x07,
  C_BAD_SUBSTREAMID = 0x08,
  F_CD_FETCH = 0x09,
  C_BAD_CD = 0x0A,
  F_WALK_EABT = 0x0B,
  F_TRANSLATION = 0x10,
  F_ADDR_SIZE = 0x11,
  F_ACCESS = 0x12,
  F_PERMISSION = 0x13,
  F_TLB_CONFLICT = 0x20,
  F_CFG_CONFLICT = 0x21,
  E_PAGE_REQUEST = 0x24,
  F_VMS_FETCH = 0x25,
};

namespace evt {

inline constexpr Field Type{7, 0};
inline constexpr Field SSV{11, 11};
inline constexpr Field SubstreamID{31, 12};
inline constexpr Field StreamID{63, 32};
inline constexpr Field STAG{79, 64};        // translation-related faults
inline constexpr Field ReasonCode{79, 64};  // Reason, IMPLEMENTATION DEFINED, of the others
inline constexpr Field GPCF{80, 80};
inline constexpr Field Stall{95, 95};
inline constexpr Field PnU{97, 97};
inline constexpr Field InD{98, 98};
inline constexpr Field RnW{99, 99};
inline constexpr Field NSIPA{102, 102};
inline constexpr Field S2{103, 103};
inline constexpr Field Class{105, 104};
inline constexpr Field TTRnW{108, 108};
inline constexpr Field InputAddr{191, 128};
inline constexpr Field IPA{247, 204};        // IPA[55:12]
inline constexpr Field FetchAddr{247, 195};  // FetchAddr[55:3]

// CLASS (7.3): what the faulting access was for.
inline constexpr u64 kClassCD = 0b00, kClassTT = 0b01, kClassIN = 0b10;

namespace page_request {  // E_PAGE_REQUEST, 7.3.19
inline constexpr Field uX{97, 97};
inline constexpr Field uW{98, 98};
inline constexpr Field uR{99, 99};
inline constexpr Field pX{101, 101};
inline constexpr Field pW{102, 102};
inline constexpr Field pR{103, 103};
inline constexpr Field Span{115, 108};
inline constexpr Field InputAddr{191, 140};
}  // namespace page_request

}  // namespace evt

struct EventInfo {
  EventId id;
  const char* name;
  const char* section;
  std::span<const NamedField> fields;  // beyond Type and StreamID, which all records carry
};

}  // namespace smmu_vp::spec
