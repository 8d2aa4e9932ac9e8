// The host bridge: the configuration space of all buses (ECAM), of which bus 0 holds the root ports, and the
// memory window of the BARs, routed as the root ports' bus numbers and windows say.
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

  // `port` is a device of bus 0, in the order of these calls. Throws std::invalid_argument beyond
  // kMostRootPorts.
  void add(RootPort& port);
  // Throws std::invalid_argument when the RequesterID is taken.
  void attach(Function& function, RootPort& port);

 private:
  struct Slot {
    Function* function;
    RootPort* port;
  };
  void config(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void memory(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);

  const Slot* behind(u8 bus, u8 device_function) const;
  void root_bus(tlm::tlm_generic_payload& payload, u8 device_function, unsigned offset);

  std::vector<RootPort*> ports_;  // by device number on bus 0
  std::map<u16, Slot> slots_;     // by RequesterID
};

}  // namespace smmu_vp::pcie
