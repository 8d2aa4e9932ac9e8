// How much an invalidation command removes. The manual says the least; more is permitted (4.3, 4.4).
#pragma once

#include <optional>

#include "tlm/core/tlb_scope.h"

namespace smmu_vp::core {

// What an SMMU of this mode removes for a command of this scope; nothing where the manual requires nothing.
std::optional<TlbScope> removed_by(const TlbScope& asked, InvalidateMode mode);

}  // namespace smmu_vp::core
