// The platform device: the same accelerator on the system bus, without ATS. Its accesses go untranslated with
// their PASID; a fault that stalls simply takes long.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include "tlm/pcie/accelerator.h"
#include "tlm/pcie/dma_initiator.h"
#include "tlm/pcie/dma_port.h"
#include "tlm/pcie/inject.h"
#include "tlm/pcie/requester.h"

namespace smmu_vp::pcie {

class PlatformDevice : public sc_core::sc_module, private DmaPort {
 private:
  DmaInitiator dma_;

 public:
  PlatformDevice(sc_core::sc_module_name name, const PlatformDeviceConfig& config, const trace::Bus& facts);

  tlm_utils::simple_target_socket<PlatformDevice> registers_in;  // offsets from the device's base
  tlm_utils::simple_initiator_socket<DmaInitiator>& dma_out;     // to the SMMU's TBU
  sc_core::sc_signal<bool> irq;                                  // a pulse each interrupt

  // Call from an SC_THREAD. Untranslated only; a stall blocks until it is resolved.
  InjectResult inject(const Injection& what);

  const PlatformDeviceConfig& config() const { return config_; }
  bool idle() const { return accelerator_.idle() && requester_.in_flight() == 0; }
  void visit_counters(const CounterVisitor& visit) const;

 private:
  DmaOutcome access(const DmaAccess& access) override;
  void abandon(std::optional<u32>) override {}  // what stalls is the SMMU's to end
  void settle(u32) override {}                  // every access has ended at memory when its job has
  void register_access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void run_irq();

  PlatformDeviceConfig config_;
  Requester requester_;
  u64 interrupts_ = 0;
  sc_core::sc_event interrupt_;
  Accelerator accelerator_;
};

}  // namespace smmu_vp::pcie
