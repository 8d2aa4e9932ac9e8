// A DMA engine with approximately timed transport (the base protocol of TLM-2.0): several writes in flight at once, each
// with its own payload from a pool.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>

#include "tlm/transport/dma_extension.h"

struct AtEngine : sc_core::sc_module, tlm::tlm_mm_interface {
  explicit AtEngine(sc_core::sc_module_name name) : sc_module(name), out("out") {
    out.register_nb_transport_bw(this, &AtEngine::backward);
  }

  // Writes eight bytes to each of `count` adjacent addresses, all in flight together. Returns how many succeeded.
  unsigned write_all(const smmu_vp::spec::Requester& who, std::uint64_t address, unsigned count) {
    ended = succeeded = 0;
    for (unsigned i = 0; i < count; ++i) {
      Access& access = accesses.emplace_back();
      access.data = 0x100 + i;
      access.stream.who = who;
      tlm::tlm_generic_payload& p = access.payload;
      p.set_mm(this);
      p.acquire();
      p.set_write();
      p.set_address(address + 8 * i);
      p.set_data_ptr(reinterpret_cast<unsigned char*>(&access.data));
      p.set_data_length(8);
      p.set_streaming_width(8);
      p.set_extension(&access.stream);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay;
      // The SMMU ends the request phase at once, so the next request may follow.
      if (out->nb_transport_fw(p, phase, delay) != tlm::TLM_UPDATED || phase != tlm::END_REQ) return 0;
      most_in_flight = std::max(most_in_flight, i + 1 - ended);
    }
    while (ended < count) wait(response);
    for (Access& access : accesses) access.payload.clear_extension(&access.stream);
    accesses.clear();
    return succeeded;
  }

  tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& p, tlm::tlm_phase& phase, sc_core::sc_time&) {
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    ++ended;
    succeeded += p.is_response_ok();
    p.release();
    response.notify(sc_core::SC_ZERO_TIME);
    return tlm::TLM_COMPLETED;  // ends the response phase, too
  }
  void free(tlm::tlm_generic_payload*) override {}  // the pool keeps it

  struct Access {
    tlm::tlm_generic_payload payload;
    smmu_vp::transport::DmaExtension stream;
    std::uint64_t data = 0;
  };
  tlm_utils::simple_initiator_socket<AtEngine> out;
  std::deque<Access> accesses;
  unsigned ended = 0, succeeded = 0, most_in_flight = 0;
  sc_core::sc_event response;
};
