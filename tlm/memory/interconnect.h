// The system interconnect: any number of initiators, any number of targets, each target in one address
// window.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::memory {

class Interconnect : public sc_core::sc_module {
 public:
  using Targets = tlm_utils::multi_passthrough_initiator_socket<Interconnect>;

  explicit Interconnect(sc_core::sc_module_name name);

  tlm_utils::multi_passthrough_target_socket<Interconnect>
      in;  // bind every initiator here; physical addresses

  // Opens the window [first, first + bytes); bind what is returned to the window's target before the next
  // call. The target sees the window's first byte as address `seen_as`: 0 for register blocks, `first` for
  // targets that think in physical addresses. Throws std::invalid_argument when windows overlap. An access
  // outside all windows, or across an edge, gets TLM_ADDRESS_ERROR_RESPONSE.
  Targets& add_target(u64 first, u64 bytes, u64 seen_as = 0);

 private:
  struct Route {
    u64 first, last;  // inclusive
    u64 offset;       // added to an address on its way to the target
    int target;       // in order of binding
  };

  void access(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct_memory(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  const Route* find(u64 address, u64 bytes);

  Targets out_;
  std::vector<Route> routes_;
  std::size_t recent_ = 0;  // where the last access went: nearly always where the next one goes
};

}  // namespace smmu_vp::memory
