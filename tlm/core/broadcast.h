// What a broadcast TLB maintenance operation invalidates in this SMMU (3.17).
#pragma once

#include <optional>
#include <vector>

#include "tlm/core/tlb_scope.h"
#include "tlm/spec/broadcast.h"

namespace smmu_vp::core {

// Nothing for an operation on a feature that the SMMU lacks: such messages are ignored (3.17). CD.ASET is not
// considered: entries with ASET = 1 may be invalidated too, and are.
std::optional<TlbScope> broadcast_scope(const spec::BroadcastTlbi& message, const SmmuFeatures& features);

}  // namespace smmu_vp::core
