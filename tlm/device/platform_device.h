// A device on the system bus: a core with its registers in the memory map, an interrupt line, and a path to
// its own TBU. It has no ATS: accesses go out untranslated with their PASID, and a stall just delays them.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <systemc>

#include "tlm/device/core.h"
#include "tlm/device/device.h"
#include "tlm/device/dma_initiator.h"
#include "tlm/device/dma_issuer.h"

namespace smmu_vp::device {

class PlatformDevice : public sc_core::sc_module, public Device, private DmaPort {
 private:
  DmaInitiator dma_;

 public:
  PlatformDevice(sc_core::sc_module_name name, const DeviceConfig& config, const CoreKind& core,
                 const trace::Bus& facts);

  tlm_utils::simple_target_socket<PlatformDevice> registers_in;  // offsets from the device's base
  tlm_utils::simple_initiator_socket<DmaInitiator>& dma_out;     // to the SMMU's TBU
  sc_core::sc_signal<bool> irq;                                  // one pulse per interrupt

  u32 stream_id() const override { return stream_id_; }
  bool has_ats() const override { return false; }
  bool can_stall() const override { return true; }
  InjectResult inject(const Injection& what) override;  // untranslated only
  bool idle() const override { return core_->idle() && issuer_.in_flight() == 0; }
  void visit_counters(const CounterVisitor& visit) const override;

 private:
  DmaOutcome access(const DmaRequest& request, u64 follows, const bool& cancelled) override;
  void abandon(std::optional<u32>) override {}  // only the SMMU can end an access that stalls
  void settle(u32) override {}                  // a job is over when its accesses have ended at memory
  void register_access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void run_irq();

  const u32 stream_id_;
  DmaIssuer issuer_;
  u64 interrupts_ = 0;
  sc_core::sc_event interrupt_;
  std::unique_ptr<Core> core_;
};

}  // namespace smmu_vp::device
