// The host bridge: the configuration space of all buses (ECAM) and the memory window of the BARs. Bus 0 holds
// the root ports; their bus numbers and windows route the requests.
#pragma once

#include <tlm_utils/simple_target_socket.h>

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

  // Adds `port` as the next device of bus 0. Throws std::invalid_argument beyond kMostRootPorts.
  void add(RootPort& port);

 private:
  struct Target {
    Function* function = nullptr;
    RootPort* port = nullptr;
  };
  void config(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void memory(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  Target behind(u64 bdf) const;
  void root_bus(tlm::tlm_generic_payload& payload, u8 device_function, unsigned offset);

  std::vector<RootPort*> ports_;  // by device number on bus 0
};

}  // namespace smmu_vp::pcie
