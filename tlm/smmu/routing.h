// The TBU of a stream.
#pragma once

#include <functional>
#include <optional>

#include "tlm/spec/types.h"

namespace smmu_vp::smmu {

// Nothing when the stream has no TBU. For messages: nothing when no port that carries messages leads to the
// stream; then the system supports no ATS and PRI for it, and commands that need them are ignored (4.5).
using PortOfStream = std::function<std::optional<unsigned>(u32 sid)>;

}  // namespace smmu_vp::smmu
