// The register socket, and the effects of register writes.
#include "tlm/smmu/parts.h"

namespace smmu_vp::smmu {

namespace reg = spec::offset;

void Smmu::access_registers(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  State& state = parts_->state;
  const auto offset = static_cast<u32>(payload.get_address());
  const unsigned bytes = payload.get_data_length();
  // Other sizes and unaligned accesses are illegal, and aborted (6.2).
  if ((bytes != 4 && bytes != 8) || payload.get_address() % bytes != 0 || payload.get_address() != offset) {
    state.facts.announce(trace::RegisterRefused{payload.get_address(), bytes, payload.is_write()});
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  }
  if (payload.get_byte_enable_ptr() != nullptr)
    return payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  state.timing.charge(state.config.timing.register_access_ps);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const auto size = static_cast<spec::RegisterSize>(bytes);
  const bool counters = parts_->performance && offset >= kPmcgBase;
  if (payload.is_read()) {
    const u64 value =
        counters ? parts_->performance->read(offset - kPmcgBase, size) : state.registers.read(offset, size);
    std::memcpy(payload.get_data_ptr(), &value, bytes);
    state.facts.announce(trace::RegisterRead{offset, value, bytes});
  } else if (payload.is_write()) {
    u64 value = 0;
    std::memcpy(&value, payload.get_data_ptr(), bytes);
    if (counters) {
      parts_->performance->write(offset - kPmcgBase, size, value);
    } else {
      state.registers.write(offset, size, value);
    }
    state.facts.announce(trace::RegisterWrite{offset, value, bytes});
    if (counters) return;
    register_written(offset);
    if (bytes == 8) register_written(offset + 4);
  } else {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  }
}

void Smmu::register_written(u32 offset) {
  const core::RegisterFile& r = parts_->state.registers;
  const trace::SmmuBus& facts = parts_->state.facts;
  switch (offset) {
    case reg::CR0:
      parts_->state.configuration_changed();
      control_written();
      break;
    case reg::GBPA:
      parts_->state.configuration_changed();
      break;
    case reg::IRQ_CTRL:
      complete_updates();
      break;
    case reg::GERRORN:  // acknowledges errors that stop queues (7.1, 7.2.1)
      parts_->commands.kick();
      parts_->events.may_have_become_writable();
      break;
    case reg::CMDQ_PROD:
    case reg::CMDQ_CONS:
      facts.announce(
          trace::QueueState{spec::QueueKind::kCmdq, r.word(reg::CMDQ_PROD), r.word(reg::CMDQ_CONS)});
      parts_->commands.kick();
      break;
    case reg::EVENTQ_PROD:
    case reg::EVENTQ_CONS:
      facts.announce(
          trace::QueueState{spec::QueueKind::kEventq, r.word(reg::EVENTQ_PROD), r.word(reg::EVENTQ_CONS)});
      parts_->events.may_have_become_writable();
      break;
    case reg::PRIQ_PROD:
    case reg::PRIQ_CONS:
      facts.announce(
          trace::QueueState{spec::QueueKind::kPriq, r.word(reg::PRIQ_PROD), r.word(reg::PRIQ_CONS)});
      break;
    default:
      break;
  }
}

// A new value of CR0 applies to everything that arrives from now on. Its Update completes when nothing that
// acted under the old value is left (6.3.9).
void Smmu::control_written() {
  State& state = parts_->state;
  const u32 pending = state.registers.pending(reg::CR0);
  const bool disabling = (pending & spec::CR0::SMMUEN.mask()) != 0 && !state.registers.smmu_enabled();
  if (disabling && !parts_->disabled_at) {
    parts_->disabled_at = state.transactions.next_number();
    state.transactions.watch();
    parts_->stalls.terminate_all();
  }
  parts_->events.may_have_become_writable();
  complete_updates();
  parts_->commands.kick();
}

void Smmu::complete_updates() {
  State& state = parts_->state;
  core::RegisterFile& r = state.registers;
  using namespace spec::CR0;
  const u32 falling = r.pending(reg::CR0) & ~r.word(reg::CR0);
  u32 incomplete = 0;
  if (parts_->commands.busy()) incomplete |= static_cast<u32>(CMDQEN.mask());
  if (parts_->events.writing()) incomplete |= static_cast<u32>(EVENTQEN.mask());
  if (parts_->pri.writing()) incomplete |= static_cast<u32>(PRIQEN.mask() | SMMUEN.mask());
  if (parts_->disabled_at && !state.transactions.drained_below(*parts_->disabled_at))
    incomplete |= static_cast<u32>(SMMUEN.mask());
  r.acknowledge(reg::CR0, ~(falling & incomplete));
  if (parts_->disabled_at && (r.pending(reg::CR0) & SMMUEN.mask()) == 0) {
    parts_->disabled_at.reset();
    state.transactions.unwatch();
  }

  // An interrupt source is off once its MSIs are delivered, and then its wire is silent (6.3.16).
  using Source = Interrupts::Source;
  constexpr std::pair<Source, spec::Field> kEnables[] = {{Source::kEventq, spec::IRQ_CTRL::EVENTQ_IRQEN},
                                                         {Source::kPriq, spec::IRQ_CTRL::PRIQ_IRQEN},
                                                         {Source::kGerror, spec::IRQ_CTRL::GERROR_IRQEN}};
  const u32 irq_falling = r.pending(reg::IRQ_CTRL) & ~r.word(reg::IRQ_CTRL);
  u32 msis = 0;
  for (const auto& [source, enable] : kEnables) {
    if ((irq_falling & enable.mask()) == 0) continue;
    if (parts_->interrupts.in_flight(source) != 0) {
      msis |= static_cast<u32>(enable.mask());
    } else {
      parts_->interrupts.silence(source);
    }
  }
  r.acknowledge(reg::IRQ_CTRL, ~msis);
}

}  // namespace smmu_vp::smmu
