// Legality and meaning of an STE (5.2, 5.2.2).
#pragma once

#include <optional>

#include "tlm/core/configuration.h"
#include "tlm/core/smmu_config.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::core {

// Registers that determine an STE's meaning. A cached STE keeps the values of when it was
// fetched (6.3.9.2, 6.3.12.3).
struct SteControls {
  bool e2h = false;     // CR2.E2H, for STRW
  bool atschk = false;  // CR0.ATSCHK, for EATS
};

// Nothing when the STE is invalid or ILLEGAL: C_BAD_STE.
std::optional<StreamConfig> parse_ste(const spec::Ste& ste, const SmmuFeatures& features,
                                      const SteControls& controls = {});

}  // namespace smmu_vp::core
