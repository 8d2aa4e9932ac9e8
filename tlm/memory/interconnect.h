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

class Interconnect : public sc_core::sc_module {
 public:
  using TargetPort = tlm_utils::simple_initiator_socket<Interconnect>;

  explicit Interconnect(sc_core::sc_module_name name);

  tlm_utils::multi_passthrough_target_socket<Interconnect>
      in;  // bind every initiator here; physical addresses

  // Opens the window [first, first + bytes); bind the returned socket to its target, which sees the window's
  // first byte as address `seen_as`: 0 for register blocks, `first` for targets that think in physical
  // addresses. Throws std::invalid_argument when windows overlap. An access outside all windows, or across an
  // edge, gets TLM_ADDRESS_ERROR_RESPONSE.
  TargetPort& add_target(u64 first, u64 bytes, u64 seen_as = 0);

 private:
  struct Window {
    u64 first, last;  // inclusive
    u64 offset;       // added to an address on its way to the target
    std::unique_ptr<TargetPort> port;
  };

  void access(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool direct_memory(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  Window* find(u64 address, u64 bytes);

  std::vector<Window> windows_;  // by address
  std::size_t recent_ = 0;       // where the last access went: nearly always where the next one goes
};

}  // namespace smmu_vp::memory
