// What the command line asks to be explained: SID:SSID:VA:ACCESS@TIME.
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

// Throws ConfigError. ACCESS is letters of r, w, x and p (privileged); SSID `-` means none.
ExplainRequest explain_request(const std::string& text);
// A time such as 250ns, 1.5us or 12345ps; without a unit, ns. `option` is named in the ConfigError.
u64 time_ps(const std::string& text, const std::string& option);

}  // namespace smmu_vp::tb
