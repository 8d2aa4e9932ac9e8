// A PE as the SMMU sees it: broadcast TLB maintenance and syncs.
#pragma once

#include "tests/unit/smmu_bench.h"
#include "tlm/transport/broadcast_initiator.h"

namespace smmu_vp::test {

using spec::BroadcastOp;
using spec::BroadcastTlbi;

struct Pe : transport::BroadcastInitiator {
  explicit Pe(Bench& bench, sc_core::sc_module_name name = "pe") : BroadcastInitiator(name) {
    out.bind(bench.smmu.broadcast_in);
  }
};

}  // namespace smmu_vp::test
