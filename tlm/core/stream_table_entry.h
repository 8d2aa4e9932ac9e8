// Legality and meaning of an STE (5.2, 5.2.2).
#pragma once

#include <optional>

#include "tlm/core/configuration.h"
#include "tlm/core/smmu_config.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::core {

// Nothing when the STE is invalid or ILLEGAL: C_BAD_STE.
std::optional<StreamConfig> parse_ste(const spec::Ste& ste, const SmmuFeatures& features);

}  // namespace smmu_vp::core
