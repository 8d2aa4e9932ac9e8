// A request for an explanation: SID:SSID:VA:ACCESS, on the command line with @TIME.
#pragma once

#include <optional>
#include <string>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

struct ExplainRequest {
  u32 sid = 0;
  std::optional<u32> ssid;
  u64 va = 0;
  bool read = false, write = false, exec = false, priv = false;
  u64 at_ps = 0;
  std::string text;  // as given
};

// SID:SSID:VA:ACCESS, for this moment. ACCESS is letters of r, w, x and p (privileged); SSID `-` means none. Throws
// ConfigError.
ExplainRequest access_request(const std::string& text);
// The same with @TIME.
ExplainRequest explain_request(const std::string& text);
// A time such as 250ns, 1.5us or 12345ps; without a unit, ns. The ConfigError names `option`.
u64 time_ps(const std::string& text, const std::string& option);

}  // namespace smmu_vp::tb
