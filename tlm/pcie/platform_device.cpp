// The platform device's sockets and interrupt line.
#include "tlm/pcie/platform_device.h"

#include "tlm/transport/timing.h"

namespace smmu_vp::pcie {

namespace {
constexpr u64 kIrqPulsePs = 1000;
}

PlatformDevice::PlatformDevice(sc_core::sc_module_name name, const PlatformDeviceConfig& config,
                               const trace::Bus& facts)
    : sc_module(name),
      dma_("dma"),
      registers_in("registers_in"),
      dma_out(dma_.out),
      irq("irq"),
      config_(config),
      requester_(config.stream_id, facts,
                 [this](const DmaRequest& r) { return dma_.issue(config_.stream_id, r); }),
      accelerator_(
          "accelerator", config.accelerator, config.stream_id, *this,
          [this](unsigned) {
            ++interrupts_;
            interrupt_.notify();
          },
          facts) {
  registers_in.register_b_transport(this, &PlatformDevice::register_access);
  SC_HAS_PROCESS(PlatformDevice);
  SC_THREAD(run_irq);
}

void PlatformDevice::register_access(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const u64 offset = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  const bool done = payload.is_write() ? accelerator_.write(offset, payload.get_data_ptr(), bytes)
                                       : accelerator_.read(offset, payload.get_data_ptr(), bytes);
  payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_BURST_ERROR_RESPONSE);
}

DmaOutcome PlatformDevice::access(const DmaAccess& access) {
  if (*access.cancelled) return DmaOutcome::kStopped;
  DmaRequest request;
  request.has_pasid = access.has_pasid;
  request.pasid = access.pasid;
  request.write = access.write;
  request.address = access.address;
  request.data = access.data;
  request.bytes = access.bytes;
  return requester_.issue(request, access.address).ok() ? DmaOutcome::kOk : DmaOutcome::kAborted;
}

InjectResult PlatformDevice::inject(const Injection& what) {
  const u64 begin = transport::Timing::now_ps();
  DmaRequest request;
  request.has_pasid = what.has_pasid;
  request.pasid = what.pasid;
  request.exec = what.exec;
  request.priv = what.priv;
  request.write = what.write;
  request.address = what.address;
  request.data = what.data;
  request.bytes = what.bytes;
  InjectResult result;
  result.status = requester_.issue(request, what.address).status;
  result.latency_ps = transport::Timing::now_ps() - begin;
  return result;
}

// Interrupts that come during a pulse make pulses of their own.
void PlatformDevice::run_irq() {
  for (u64 shown = 0;; ++shown) {
    while (shown == interrupts_) wait(interrupt_);
    irq.write(true);
    transport::Timing::wait_ps(kIrqPulsePs);
    irq.write(false);
    transport::Timing::wait_ps(kIrqPulsePs);
  }
}

void PlatformDevice::visit_counters(const CounterVisitor& visit) const {
  accelerator_.visit_counters(basename(), visit);
  requester_.visit_counters(basename(), visit);
}

}  // namespace smmu_vp::pcie
