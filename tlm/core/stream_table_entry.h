// Legality and meaning of an STE (5.2, 5.2.2).
#pragma once

#include <optional>

#include "tlm/core/configuration.h"
#include "tlm/core/smmu_config.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::core {

// Nothing when the STE is invalid or ILLEGAL: C_BAD_STE. `e2h` is CR2.E2H, which STRW is read with.
std::optional<StreamConfig> parse_ste(const spec::Ste& ste, const SmmuFeatures& features, bool e2h = false);

}  // namespace smmu_vp::core
