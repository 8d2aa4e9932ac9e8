// The processor's port into the machine: executes device accesses and other processor actions that come from
// outside the simulation.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <memory>
#include <systemc>
#include <tlm>

#include "testbench/api/capi/workers.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class CpuPort : public sc_core::sc_module {
 public:
  struct Access {
    tlm::tlm_command command;
    u64 pa;
    unsigned bytes;
    u64 value;  // the value to write, or the value read
    tlm::tlm_response_status response = tlm::TLM_INCOMPLETE_RESPONSE;
  };

  explicit CpuPort(sc_core::sc_module_name name) : sc_module(name), out("out"), workers_("cpu_access") {}

  tlm_utils::simple_initiator_socket<CpuPort> out;

  // Starts `what` after `cost_ps`. The returned flag is set when it has ended: the caller runs the simulation
  // until then. An action that never ends does not block later ones, which count as another processor's.
  std::shared_ptr<const bool> begin(u64 cost_ps, std::function<void()> what) {
    const auto done = std::make_shared<bool>(false);
    workers_.run([cost_ps, what = std::move(what), done] {
      // Time advances even if an access costs none, so that a polling loop makes progress.
      sc_core::wait(sc_core::sc_time::from_value(std::max<u64>(cost_ps, 1)));
      what();
      *done = true;
    });
    return done;
  }
  std::size_t outstanding() const { return workers_.busy(); }

  // Performs the access. Call it only from an action passed to begin().
  void perform(Access& access) {
    tlm::tlm_generic_payload payload;
    payload.set_command(access.command);
    payload.set_address(access.pa);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&access.value));
    payload.set_data_length(access.bytes);
    payload.set_streaming_width(access.bytes);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    out->b_transport(payload, delay);
    access.response = payload.get_response_status();
  }

 private:
  Workers workers_;
};

}  // namespace smmu_vp::tb
