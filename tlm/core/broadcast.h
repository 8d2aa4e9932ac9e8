// What a broadcast TLB maintenance operation invalidates in this SMMU (3.17).
#pragma once

#include <optional>
#include <vector>

#include "tlm/core/tlb_scope.h"
#include "tlm/spec/broadcast.h"

namespace smmu_vp::core {

// Nothing for an operation on what the SMMU does not implement: such messages are ignored. CD.ASET = 1 opts
// an address space out of nothing here: its entries may go, and do.
std::optional<TlbScope> broadcast_scope(const spec::BroadcastTlbi& message, const SmmuFeatures& features);

}  // namespace smmu_vp::core
