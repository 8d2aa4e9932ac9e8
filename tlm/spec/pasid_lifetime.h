// The phases of a PASID's life on a device, which the driver causes (docs/pasid_lifetime.md).
#pragma once

#include <string_view>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// The numbers are used in events.jsonl, reports and waves. The driver announces the first three. A PASID that
// is allocated again is live again; kReused is the name of its later lives.
enum class Phase : u8 { kLive = 1, kQuiesced = 2, kUnbound = 3, kReused = 4 };

inline constexpr Phase kPhases[] = {Phase::kLive, Phase::kQuiesced, Phase::kUnbound, Phase::kReused};

constexpr unsigned number(Phase phase) {
  return static_cast<unsigned>(phase);
}
constexpr std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kLive:
      return "live";
    case Phase::kQuiesced:
      return "quiesced";
    case Phase::kUnbound:
      return "unbound";
    case Phase::kReused:
      return "reused";
  }
  return "?";
}

}  // namespace smmu_vp::spec
