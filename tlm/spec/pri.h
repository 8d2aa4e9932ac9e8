// PRI queue entries and PRG responses (chapter 8).
#pragma once

#include <array>
#include <string_view>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 16 bytes, little-endian (8).
struct PageRequest {
  std::array<u64, 2> w{};
  friend constexpr bool operator==(const PageRequest&, const PageRequest&) = default;
};

namespace ppr {
inline constexpr Field StreamID{31, 0};
inline constexpr Field SubstreamID{51, 32};
inline constexpr Field Priv{58, 58};
inline constexpr Field X{59, 59};
inline constexpr Field R{60, 60};
inline constexpr Field W{61, 61};
inline constexpr Field Last{62, 62};
inline constexpr Field SSV{63, 63};
inline constexpr Field PRGIndex{72, 64};
inline constexpr Field Address{127, 76};

inline constexpr NamedField kFields[] = {
    {"StreamID", StreamID},
    {"SubstreamID", SubstreamID},
    {"Priv", Priv},
    {"X", X},
    {"R", R},
    {"W", W},
    {"Last", Last},
    {"SSV", SSV},
    {"PRGIndex", PRGIndex},
    {"Address", Address, FieldKind::kAddress},
};

// A Stop PASID marker: Last without R or W, and with a PASID (8). Without a PASID it is a page request.
constexpr bool is_stop_marker(const PageRequest& p) {
  return SSV.get(p.w) == 1 && Last.get(p.w) == 1 && W.get(p.w) == 0 && R.get(p.w) == 0;
}
}  // namespace ppr

// The response code of a PRG Response message (8.3).
enum class ResponseCode : u8 { kSuccess = 0b0000, kInvalidRequest = 0b0001, kResponseFailure = 0b1111 };

constexpr std::string_view to_string(ResponseCode code) {
  switch (code) {
    case ResponseCode::kSuccess:
      return "Success";
    case ResponseCode::kInvalidRequest:
      return "Invalid Request";
    case ResponseCode::kResponseFailure:
      return "Response Failure";
  }
  return "reserved";
}

}  // namespace smmu_vp::spec
