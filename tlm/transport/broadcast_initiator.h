// Sends broadcast TLB maintenance, as a PE's shareable TLBI instructions and DSB do. Each call returns when
// its message has been answered. Unbound, it models a system without broadcasts.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cassert>
#include <systemc>
#include <tlm>

#include "tlm/transport/broadcast_extension.h"
#include "tlm/transport/carried.h"

namespace smmu_vp::transport {

class BroadcastInitiator : public sc_core::sc_module {
 public:
  explicit BroadcastInitiator(sc_core::sc_module_name name) : sc_module(name), out("out") {}

  tlm_utils::simple_initiator_socket_optional<BroadcastInitiator> out;

  // Call from SC_THREADs. A TLBI returns once it is accepted, a sync once everything before it is complete.
  void tlbi(const spec::BroadcastTlbi& what) {
    BroadcastExtension message;
    message.tlbi = what;
    send(message);
  }
  void sync() {
    BroadcastExtension message;
    message.sync = true;
    send(message);
  }

 private:
  void send(BroadcastExtension& message) {
    if (out.size() == 0) return;
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_IGNORE_COMMAND);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    const Carried carried(payload, message);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    out->b_transport(payload, delay);
    assert(payload.is_response_ok());
  }
};

}  // namespace smmu_vp::transport
