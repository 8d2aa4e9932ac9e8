// The platform device's sockets and interrupt line.
#include "tlm/device/platform_device.h"

#include "tlm/transport/timing.h"

namespace smmu_vp::device {

namespace {
constexpr u64 kIrqPulsePs = 1000;
}

PlatformDevice::PlatformDevice(sc_core::sc_module_name name, const DeviceConfig& config, const CoreKind& core,
                               const trace::Bus& facts)
    : sc_module(name),
      dma_("dma"),
      registers_in("registers_in"),
      dma_out(dma_.out),
      irq("irq"),
      stream_id_(config.stream_id),
      issuer_(config.stream_id, facts, [this](const DmaRequest& r) { return dma_.issue(r); }),
      core_(core.make(config, {.dma = *this,
                               .interrupt =
                                   [this](unsigned) {
                                     ++interrupts_;
                                     interrupt_.notify();
                                   },
                               .facts = facts})) {
  registers_in.register_b_transport(this, &PlatformDevice::register_access);
  SC_HAS_PROCESS(PlatformDevice);
  SC_THREAD(run_irq);
}

void PlatformDevice::register_access(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  const u64 offset = payload.get_address();
  const unsigned bytes = payload.get_data_length();
  const bool done = payload.is_write() ? core_->write(offset, payload.get_data_ptr(), bytes)
                                       : core_->read(offset, payload.get_data_ptr(), bytes);
  payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_BURST_ERROR_RESPONSE);
}

DmaOutcome PlatformDevice::access(const DmaRequest& request, u64, const bool& cancelled) {
  if (cancelled) return DmaOutcome::kStopped;
  return issuer_.issue(request, request.access.address).ok() ? DmaOutcome::kOk : DmaOutcome::kAborted;
}

InjectResult PlatformDevice::inject(const Injection& what) {
  const u64 begin = transport::Timing::now_ps();
  DmaRequest request;
  request.access = {{stream_id_, what.pasid}, what.address, what.intent};
  request.data = what.data;
  request.bytes = what.bytes;
  InjectResult result;
  static_cast<transport::DmaAnswer&>(result) = issuer_.issue(request, what.address);
  result.latency_ps = transport::Timing::now_ps() - begin;
  return result;
}

// An interrupt raised during a pulse makes another pulse.
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
  core_->visit_counters(basename(), visit);
  issuer_.visit_counters(basename(), visit);
}

}  // namespace smmu_vp::device
