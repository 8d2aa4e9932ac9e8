// Event records as software reads them, typed from 7.3 of the manual: a test must not share tables with what
// it checks. tests/spec compares them.
#pragma once

#include <array>
#include <optional>

#include "tlm/spec/types.h"

namespace smmu_vp::test {

namespace event {

enum Type : u64 {
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
  E_PAGE_REQUEST = 0x24,
};

// The first word: Type, StreamID, and SSV and SubstreamID where there is one.
inline constexpr u64 head(Type type, u32 sid, std::optional<u32> ssid = {}) {
  return u64{sid} << 32 | (ssid ? u64{*ssid} << 12 | u64{1} << 11 : 0) | type;
}

inline constexpr u64 kSsv = u64{1} << 11;

// Fields of the second word.
inline constexpr u64 kStall = u64{1} << 31, kPnU = u64{1} << 33, kInD = u64{1} << 34, kRnW = u64{1} << 35,
                     kS2 = u64{1} << 39, kTTRnW = u64{1} << 44;
inline constexpr u64 kClassCD = 0b00, kClassTT = 0b01, kClassIN = 0b10;
inline constexpr u64 cls(u64 value) {
  return value << 40;
}
// F_BAD_ATS_TREQ: the access requested, and Span in the lowest bits (7.3.6).
inline constexpr u64 kAsksP = u64{1} << 28, kAsksX = u64{1} << 29, kAsksW = u64{1} << 30,
                     kAsksR = u64{1} << 31;
// E_PAGE_REQUEST (7.3.19).
inline constexpr u64 kUx = u64{1} << 33, kUw = u64{1} << 34, kUr = u64{1} << 35, kPx = u64{1} << 37,
                     kPw = u64{1} << 38, kPr = u64{1} << 39;
inline constexpr u64 span(u64 pages) {
  return pages << 44;
}

}  // namespace event

struct EventWords {
  std::array<u64, 4> w{};

  u64 head() const { return w[0]; }
  event::Type type() const { return static_cast<event::Type>(w[0] & 0xFF); }
  u32 sid() const { return static_cast<u32>(w[0] >> 32); }
  bool ssv() const { return (w[0] >> 11 & 1) != 0; }
  u16 stag() const { return static_cast<u16>(w[1]); }
  bool stall() const { return (w[1] & event::kStall) != 0; }
  // PnU, InD and RnW, together.
  u64 attributes() const { return w[1] & (event::kPnU | event::kInD | event::kRnW); }
  bool s2() const { return (w[1] & event::kS2) != 0; }
  bool table_read() const { return (w[1] & event::kTTRnW) != 0; }
  u64 cls() const { return w[1] >> 40 & 0b11; }
  u64 input_address() const { return w[2]; }
  u64 fetch_address() const { return w[3]; }
  u64 ipa() const { return w[3] & ~u64{0xFFF}; }  // IPA[55:12], of stage 2
};

}  // namespace smmu_vp::test
