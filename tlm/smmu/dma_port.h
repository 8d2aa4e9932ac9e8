// The calls that arrive on one TBU's sockets of DMA, from devices and from memory, each to the part that answers it.
#pragma once

#include <utility>

#include "tlm/smmu/direct_access.h"
#include "tlm/smmu/non_blocking.h"
#include "tlm/smmu/tbu.h"

namespace smmu_vp::smmu {

class DmaPort {
  using Payload = tlm::tlm_generic_payload;

 public:
  DmaPort(Tbu& tbu, const State& state, StillWalk::Look look, const DirectAccess::Sockets& sockets)
      : tbu_(tbu),
        direct_(state, std::move(look), sockets),
        non_blocking_(sockets.in,
                      [&tbu](Payload& payload, sc_core::sc_time& delay) { tbu.transport(payload, delay); }) {
    sockets.in.register_b_transport(this, &DmaPort::blocking);
    sockets.in.register_nb_transport_fw(this, &DmaPort::non_blocking);
    sockets.in.register_transport_dbg(this, &DmaPort::debug);
    sockets.in.register_get_direct_mem_ptr(this, &DmaPort::direct_memory);
    sockets.out.register_invalidate_direct_mem_ptr(this, &DmaPort::memory_takes_back);
  }

  DirectAccess& direct() { return direct_; }

 private:
  void blocking(Payload& payload, sc_core::sc_time& delay) { tbu_.transport(payload, delay); }
  tlm::tlm_sync_enum non_blocking(Payload& payload, tlm::tlm_phase& phase, sc_core::sc_time& delay) {
    return non_blocking_.forward(payload, phase, delay);
  }
  unsigned debug(Payload& payload) { return direct_.debug(payload); }
  bool direct_memory(Payload& payload, tlm::tlm_dmi& dmi) { return direct_.pointer(payload, dmi); }
  void memory_takes_back(sc_dt::uint64 first, sc_dt::uint64 last) { direct_.memory_takes_back(first, last); }

  Tbu& tbu_;
  DirectAccess direct_;
  NonBlocking non_blocking_;
};

}  // namespace smmu_vp::smmu
