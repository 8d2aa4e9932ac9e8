// Which TBU a stream belongs to.
#pragma once

#include <functional>
#include <optional>

#include "tlm/spec/types.h"

namespace smmu_vp::smmu {

// Nothing when there is none. Of messages: when no port with messages leads there; then ATS and PRI are not
// supported by the rest of the system for that stream, and commands that need them are ignored (4.5).
using PortOfStream = std::function<std::optional<unsigned>(u32 sid)>;

}  // namespace smmu_vp::smmu
