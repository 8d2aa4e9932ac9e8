// Commands that are permitted and do nothing for the stream they name: worth a look, no violation (monitors.strict).
#pragma once

#include <optional>
#include <string>

#include "testbench/observe/monitors/shadows.h"
#include "tlm/spec/commands.h"

namespace smmu_vp::tb {

// Why, with the registers as software left them and the Stream table as memory has it now.
std::optional<std::string> pointless(const spec::Command& command, const Shadows& shadows, u8 smmu);

}  // namespace smmu_vp::tb
