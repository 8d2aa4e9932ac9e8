// A PE as the SMMU hears it: broadcast TLB maintenance and its syncs.
#pragma once

#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

using spec::BroadcastOp;
using spec::BroadcastTlbi;

struct Pe : sc_core::sc_module {
  explicit Pe(Bench& bench, sc_core::sc_module_name name = "pe") : sc_module(name), out("out") {
    out.bind(bench.smmu.broadcast_in);
  }
  tlm_utils::simple_initiator_socket<Pe> out;
  void send(transport::BroadcastExtension message) {
    tlm::tlm_generic_payload p;
    p.set_command(tlm::TLM_IGNORE_COMMAND);
    p.set_extension(&message);
    sc_core::sc_time t;
    out->b_transport(p, t);
    CHECK(p.is_response_ok());
    p.clear_extension(&message);
  }
  void tlbi(const BroadcastTlbi& what) {
    transport::BroadcastExtension m;
    m.tlbi = what;
    send(m);
  }
  void sync() {
    transport::BroadcastExtension m;
    m.sync = true;
    send(m);
  }
};

}  // namespace smmu_vp::test
