// A caller's TLBI as the message that its processor broadcasts.
#pragma once

#include "testbench/capi/abi.h"
#include "tlm/spec/broadcast.h"

namespace smmu_vp::tb {

// The operation of that number, which may come from anywhere.
smmu_vp_tlbi_op tlbi_op(u32 number);

// Throws Refusal when a field that the operation uses is out of its range. The others stay zero.
spec::BroadcastTlbi broadcast_of(const smmu_vp_tlbi& tlbi);

}  // namespace smmu_vp::tb
