// Converts the caller's TLBI to the message that its processor broadcasts.
#pragma once

#include "testbench/api/capi/abi.h"
#include "tlm/spec/broadcast.h"

namespace smmu_vp::tb {

// Converts an unchecked number. Throws Refusal.
smmu_vp_tlbi_op tlbi_op(u32 number);

// Throws Refusal if a field that the operation uses is out of range. Unused fields stay zero.
spec::BroadcastTlbi broadcast_of(const smmu_vp_tlbi& tlbi);

}  // namespace smmu_vp::tb
