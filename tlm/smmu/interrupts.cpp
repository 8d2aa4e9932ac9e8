// Pulses, MSI writes and GERROR.
#include "tlm/smmu/interrupts.h"

namespace smmu_vp::smmu {

namespace reg = spec::offset;

namespace {

struct SourceInfo {
  const char* name;
  spec::Field enable;  // in IRQ_CTRL
  u32 cfg0, cfg1;
  spec::Field msi_abort;  // in GERROR
};

constexpr SourceInfo kSources[] = {
    {"EVENTQ", spec::IRQ_CTRL::EVENTQ_IRQEN, reg::EVENTQ_IRQ_CFG0, reg::EVENTQ_IRQ_CFG1,
     spec::GERROR::MSI_EVENTQ_ABT_ERR},
    {"PRIQ", spec::IRQ_CTRL::PRIQ_IRQEN, reg::PRIQ_IRQ_CFG0, reg::PRIQ_IRQ_CFG1,
     spec::GERROR::MSI_PRIQ_ABT_ERR},
    {"GERROR", spec::IRQ_CTRL::GERROR_IRQEN, reg::GERROR_IRQ_CFG0, reg::GERROR_IRQ_CFG1,
     spec::GERROR::MSI_GERROR_ABT_ERR},
    {"CMD_SYNC", spec::IRQ_CTRL::GERROR_IRQEN, 0, 0, spec::GERROR::MSI_CMDQ_ABT_ERR},
};

const SourceInfo& info(Interrupts::Source source) {
  return kSources[static_cast<unsigned>(source)];
}

}  // namespace

Wire::Wire(sc_core::sc_module_name name) : sc_module(name) {
  SC_HAS_PROCESS(Wire);
  SC_METHOD(drive);
  sensitive << change_;
  dont_initialize();
}

void Wire::raise() {
  raised_ = true;
  if (!high_ && !resting_) change_.notify();
}

void Wire::drive() {
  const sc_core::sc_time pulse(1, sc_core::SC_NS);
  if (high_) {
    high_ = false;
    resting_ = true;
    next_trigger(pulse);
  } else {
    resting_ = false;
    if (!raised_) return;
    raised_ = false;
    high_ = true;
    next_trigger(pulse);
  }
  if (out.size() != 0) out->write(high_);
}

void Interrupts::pulse(Source source) {
  state_.facts.announce(trace::Interrupt{info(source).name});
  wires_[static_cast<unsigned>(source)]->raise();
}

void Interrupts::raise(Source source) {
  const SourceInfo& s = info(source);
  if (!state_.registers.interrupt_enabled(s.enable)) return;
  pulse(source);
  // The three CFG0 registers share one layout; an address of zero sends no MSI (3.18.2).
  const u64 address = spec::EVENTQ_IRQ_CFG0::ADDR.in_place(state_.registers.dword(s.cfg0));
  if (state_.config.features.msi && address != 0) send_msi(source, address, state_.registers.word(s.cfg1));
}

void Interrupts::signal_sync(u64 msi_address, u32 msi_data) {
  pulse(Source::kCmdSync);
  if (state_.config.features.msi && msi_address != 0) send_msi(Source::kCmdSync, msi_address, msi_data);
}

void Interrupts::send_msi(Source source, u64 address, u32 data) {
  ++state_.counters.msis;
  unsigned& in_flight = in_flight_[static_cast<unsigned>(source)];
  ++in_flight;
  // An address beyond the output size is truncated (3.4.3).
  const bool ok = state_.memory.write(address & (state_.address_limit() - 1), &data, sizeof data);
  --in_flight;
  if (!ok) error(info(source).msi_abort);
  state_.ended();
}

void Interrupts::error(spec::Field error) {
  if (!state_.registers.activate_error(error)) return;
  state_.facts.announce(trace::GlobalError{state_.registers.word(reg::GERROR)});
  // An aborted GERROR MSI is not followed by another to the same place (7.5.1).
  if (error.lo != spec::GERROR::MSI_GERROR_ABT_ERR.lo) raise(Source::kGerror);
}

}  // namespace smmu_vp::smmu
