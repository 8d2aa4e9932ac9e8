// Legality and meaning of a CD (5.4, 5.4.2).
#pragma once

#include <optional>

#include "tlm/core/configuration.h"
#include "tlm/core/smmu_config.h"
#include "tlm/spec/cd.h"

namespace smmu_vp::core {

// Nothing when the CD is invalid, or is ILLEGAL under this STE: C_BAD_CD.
std::optional<Context> parse_cd(const spec::Cd& cd, const StreamConfig& stream, const SmmuFeatures& features);

}  // namespace smmu_vp::core
