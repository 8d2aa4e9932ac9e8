// The host bridge: the configuration space of all buses (ECAM) and the memory window of the BARs. Bus 0 holds
// the root ports, whose bus numbers and windows route the requests, and functions integrated into the root complex.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <map>
#include <systemc>
#include <tlm>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::pcie {

class Function;
class RootPort;

class HostBridge : public sc_core::sc_module {
 public:
  explicit HostBridge(sc_core::sc_module_name name);

  tlm_utils::simple_target_socket<HostBridge>
      config_in;  // ECAM, offsets from its start: bus << 20 | dev << 15 | ...
  tlm_utils::simple_target_socket<HostBridge>
      memory_in;  // BAR window, PCI addresses (equal to physical ones)

  // Adds `port` as a device of bus 0, 0 to 31.
  void add(RootPort& port, unsigned device);
  // Adds the functions behind `link` as devices of bus 0: they have no root port that software sees.
  void integrate(RootPort& link);

 private:
  struct Target {
    Function* function = nullptr;
    RootPort* port = nullptr;
  };
  void config(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void memory(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  Target find(u64 bdf) const;
  RootPort* root_port(u64 bdf) const;
  static void configure(RootPort& port, tlm::tlm_generic_payload& payload, unsigned offset);

  std::map<unsigned, RootPort*> ports_;  // by device number on bus 0
  RootPort* integrated_ = nullptr;
  std::vector<RootPort*> links_;  // all of them
};

}  // namespace smmu_vp::pcie
