// The identity, intent and address of an access: one form each, from the device to the event record.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// A stream, and within it a substream where there is one (3.2). For PCIe the SubstreamID is the PASID (3.9).
struct Requester {
  u32 sid = 0;                 // StreamID
  std::optional<u32> pasid{};  // SubstreamID, 20 bits
  auto operator<=>(const Requester&) const = default;

  // SSV and SubstreamID as commands, records and messages carry them: 0 without a SubstreamID.
  bool ssv() const { return pasid.has_value(); }
  u32 ssid() const { return pasid.value_or(0); }
};

inline constexpr u32 kSubstreamMask = 0xF'FFFF;  // 20 bits (3.2)

// The SubstreamID from SSV and SubstreamID fields.
inline std::optional<u32> substream(bool ssv, u32 ssid) {
  return ssv ? std::optional(ssid) : std::nullopt;
}

// What a transaction does, or what a request asks permission for. An instruction fetch is a read with `exec`;
// a page request may ask for several at once.
struct Intent {
  bool read = false, write = false;
  bool exec = false;  // InD
  bool priv = false;  // PnU
  bool operator==(const Intent&) const = default;
};

// As it leaves a device, or after overrides (7.3): a write is always a data access.
struct Access {
  Requester who{};
  u64 address = 0;  // the input address, all bits (3.4.1)
  Intent intent{};
  bool operator==(const Access&) const = default;
};

// How an access ended for its device: the PCIe completion status, or an abort on the system bus. Posted
// writes get a status too, since the model's writes block.
enum class DmaStatus : u8 { kSuccess, kUnsupportedRequest, kCompleterAbort, kAborted };

constexpr std::string_view to_string(DmaStatus status) {
  switch (status) {
    case DmaStatus::kSuccess:
      return "ok";
    case DmaStatus::kUnsupportedRequest:
      return "UR";
    case DmaStatus::kCompleterAbort:
      return "CA";
    case DmaStatus::kAborted:
      return "aborted";
  }
  return "?";
}

}  // namespace smmu_vp::spec
