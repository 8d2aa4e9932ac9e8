// Wired pulses, MSI writes and GERROR.
#include "tlm/smmu/interrupts.h"

namespace smmu_vp::smmu {

namespace reg = spec::offset;

namespace {

struct SourceInfo {
  spec::Field enable;  // in IRQ_CTRL
  u32 cfg0, cfg1, cfg2;
  spec::Field msi_abort;  // in GERROR
};

constexpr SourceInfo kSources[] = {
    {spec::IRQ_CTRL::EVENTQ_IRQEN, reg::EVENTQ_IRQ_CFG0, reg::EVENTQ_IRQ_CFG1, reg::EVENTQ_IRQ_CFG2,
     spec::GERROR::MSI_EVENTQ_ABT_ERR},
    {spec::IRQ_CTRL::PRIQ_IRQEN, reg::PRIQ_IRQ_CFG0, reg::PRIQ_IRQ_CFG1, reg::PRIQ_IRQ_CFG2,
     spec::GERROR::MSI_PRIQ_ABT_ERR},
    {spec::IRQ_CTRL::GERROR_IRQEN, reg::GERROR_IRQ_CFG0, reg::GERROR_IRQ_CFG1, reg::GERROR_IRQ_CFG2,
     spec::GERROR::MSI_GERROR_ABT_ERR},
    {spec::IRQ_CTRL::GERROR_IRQEN, 0, 0, 0, spec::GERROR::MSI_CMDQ_ABT_ERR},
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
  state_.facts.announce(trace::Interrupt{source});
  wires_[static_cast<unsigned>(source)]->raise();
}

void Interrupts::raise(Source source) {
  const SourceInfo& s = info(source);
  if (!state_.registers.interrupt_enabled(s.enable)) return;
  pulse(source);
  // The three sources' registers share one layout.
  const core::RegisterFile& r = state_.registers;
  const u32 cfg2 = r.word(s.cfg2);
  send_msi(source, {.address = spec::EVENTQ_IRQ_CFG0::ADDR.in_place(r.dword(s.cfg0)),
                    .data = r.word(s.cfg1),
                    .type = core::msi_type({.mem_attr = spec::EVENTQ_IRQ_CFG2::MemAttr.get(cfg2),
                                            .sh = spec::EVENTQ_IRQ_CFG2::SH.get(cfg2)})});
}

void Interrupts::signal_sync(const Msi& msi) {
  pulse(Source::kCmdSync);
  send_msi(Source::kCmdSync, msi);
}

void Interrupts::send_msi(Source source, const Msi& msi) {
  // An address of 0 sends no MSI (3.18.2). The whole field is compared, whatever the output size (4.7.3).
  if (!state_.config.features.msi || msi.address == 0) return;
  ++state_.counters.msis;
  unsigned& in_flight = in_flight_[static_cast<unsigned>(source)];
  ++in_flight;
  // An address beyond the output size is truncated (3.4.3).
  const u64 address = msi.address & (state_.address_limit() - 1);
  const bool ok = state_.memory.write(address, &msi.data, sizeof msi.data, msi.type);
  --in_flight;
  state_.facts.announce(trace::Msi{source, address, msi.data, msi.type, !ok});
  if (!ok) error(info(source).msi_abort);
  state_.ended();
}

void Interrupts::error(spec::Field error) {
  if (!state_.registers.activate_error(error)) return;
  state_.facts.announce(trace::GlobalError{state_.registers.word(reg::GERROR)});
  // An aborted GERROR MSI raises no second MSI to the same address (7.5.1).
  if (error.lo != spec::GERROR::MSI_GERROR_ABT_ERR.lo) raise(Source::kGerror);
}

}  // namespace smmu_vp::smmu
