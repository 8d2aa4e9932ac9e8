// The system interconnect: any number of initiators and targets, one address window per target.
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

  // Opens a window; bind what is returned to the window's target before the next
  // call. The target sees the window's first byte as address `seen_as`: 0 for register blocks, the same for
  // targets that use physical addresses. Throws std::invalid_argument when windows overlap. An access outside
  // all windows or across an edge gets TLM_ADDRESS_ERROR_RESPONSE.
  Targets& add_target(const AddressRange& window, u64 seen_as = 0);

 private:
  struct Route {
    u64 first, last;  // inclusive
    u64 offset;       // added to an address on its way to the target
    int target;       // in binding order
  };

  void access(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned debug(int initiator, tlm::tlm_generic_payload& payload);
  bool direct_memory(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  const Route* find(u64 address, u64 bytes);

  Targets out_;
  std::vector<Route> routes_;
  std::size_t recent_ = 0;  // window of the last access, nearly always that of the next
};

}  // namespace smmu_vp::memory
