// The system interconnect: any number of initiators, any number of targets, each target in one address
// window.
#pragma once

#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::memory {

// One target's place. It sees the window's first byte as address `seen_as`: 0 for register blocks, `first`
// for targets that think in physical addresses.
struct Window {
  u64 first = 0, bytes = 0, seen_as = 0;
};

class Interconnect : public sc_core::sc_module {
 public:
  using TargetPort = tlm_utils::simple_initiator_socket<Interconnect>;

  // Throws std::invalid_argument when windows overlap. An access outside all windows, or across an edge, gets
  // TLM_ADDRESS_ERROR_RESPONSE.
  Interconnect(sc_core::sc_module_name name, const std::vector<Window>& windows);

  tlm_utils::multi_passthrough_target_socket<Interconnect>
      in;  // bind every initiator here; physical addresses
  TargetPort& out(std::size_t window) { return *routes_[window].port; }  // in the order given

 private:
  struct Route {
    u64 first, last;  // inclusive
    u64 offset;       // added to an address on its way to the target
    std::unique_ptr<TargetPort> port;
  };

  void add(const Window& window);
  void access(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct_memory(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  const Route* find(u64 address, u64 bytes);

  std::vector<Route> routes_;
  std::size_t recent_ = 0;  // where the last access went: nearly always where the next one goes
};

}  // namespace smmu_vp::memory
