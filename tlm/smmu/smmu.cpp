// Construction and the sockets of traffic and messages.
#include "tlm/smmu/smmu.h"

#include <cassert>

#include "tlm/core/broadcast.h"
#include "tlm/smmu/parts.h"
#include "tlm/transport/carried.h"

namespace smmu_vp::smmu {

using Payload = tlm::tlm_generic_payload;
using transport::BroadcastExtension;
using transport::MessageExtension;
using transport::MessageKind;

namespace {

std::string numbered(const char* name, unsigned number) {
  std::string out(name);
  out += '_';
  out += std::to_string(number);
  return out;
}

}  // namespace

Smmu::Parts::Parts(Smmu& smmu, const core::SmmuConfig& config, transport::Timing& timing,
                   const trace::SmmuBus& facts, const std::vector<core::TranslationCachePort*>& tlbs)
    : memory(smmu.walk_out, timing),
      state(config, timing, facts, memory),
      interrupts(state, {&irq_event, &irq_pri, &irq_gerror, &irq_cmd_sync}),
      events(state, interrupts),
      stalls(state, events),
      tcu(state, tlbs),
      commanded(state, tcu, config.commands),
      broadcast(state, tcu, config.broadcasts),
      prefetcher(state, tbus, smmu.tbu_of_stream_),
      messages(config.tbus, [&smmu](unsigned tbu, const MessageExtension& m) { smmu.deliver(tbu, m); }),
      atc(state, messages, smmu.port_of_stream_, config.tbus),
      pri(state, tcu, events, interrupts, messages, smmu.port_of_stream_),
      command_watch(state),
      effects(state, command_watch, tcu, commanded, prefetcher, atc, pri, stalls),
      commands(state, command_watch, effects, interrupts) {
  if (config.features.pmcg) performance.emplace(state, irq_pmcg);
  for (unsigned i = 0; i < config.tbus; ++i) {
    Tbu& tbu =
        *tbus.emplace_back(std::make_unique<Tbu>(i, state, tcu, events, stalls, *tlbs[i], *smmu.dma_out_[i]));
    direct.push_back(std::make_unique<DirectAccess>(
        state, [&smmu](u64 pa, void* data, std::size_t bytes) { return smmu.look(pa, data, bytes); },
        DirectAccess::Sockets{*smmu.dma_in_[i], *smmu.dma_out_[i]}));
    non_blocking.push_back(std::make_unique<NonBlocking>(
        *smmu.dma_in_[i], [&tbu](Payload& payload, sc_core::sc_time& t) { tbu.transport(payload, t); }));
  }
  state.translations_invalidated = [this](const core::Invalidation& what) {
    for (const auto& d : direct) d->invalidated(what);
  };
  state.configuration_changed = [this] {
    for (const auto& d : direct) d->configuration_changed();
  };
}

Smmu::Smmu(sc_core::sc_module_name name, const core::SmmuConfig& config, transport::Timing& timing,
           const trace::Bus& facts, const std::vector<core::TranslationCachePort*>& tlbs, u8 index)
    : sc_module(name), programming("programming"), walk_out("walk_out"), broadcast_in("broadcast_in") {
  assert(tlbs.size() == config.tbus);
  port_of_stream_ = [this](u32 sid) -> std::optional<unsigned> {
    const std::optional<unsigned> tbu = tbu_of_stream_(sid);
    return tbu && messages_out_[*tbu]->size() != 0 ? tbu : std::nullopt;
  };
  for (unsigned i = 0; i < config.tbus; ++i) {
    dma_in_.push_back(std::make_unique<DmaIn>(numbered("dma_in", i).c_str()));
    dma_out_.push_back(std::make_unique<DmaOut>(numbered("dma_out", i).c_str()));
    messages_in_.push_back(std::make_unique<MessagesIn>(numbered("messages_in", i).c_str()));
    messages_out_.push_back(std::make_unique<MessagesOut>(numbered("messages_out", i).c_str()));
    const int tag = static_cast<int>(i);
    dma_in_[i]->register_b_transport(this, &Smmu::dma, tag);
    dma_in_[i]->register_nb_transport_fw(this, &Smmu::non_blocking, tag);
    dma_in_[i]->register_transport_dbg(this, &Smmu::debug, tag);
    dma_in_[i]->register_get_direct_mem_ptr(this, &Smmu::direct_memory, tag);
    dma_out_[i]->register_invalidate_direct_mem_ptr(this, &Smmu::memory_takes_back, tag);
    messages_in_[i]->register_b_transport(this, &Smmu::message, tag);
  }
  programming.register_b_transport(this, &Smmu::access_registers);
  broadcast_in.register_b_transport(this, &Smmu::broadcast);
  walk_out.register_invalidate_direct_mem_ptr(this, &Smmu::forget_direct_memory);
  parts_ = std::make_unique<Parts>(*this, config, timing, trace::SmmuBus(facts, index), tlbs);

  SC_HAS_PROCESS(Smmu);
  SC_METHOD(complete_updates);
  sensitive << parts_->state.update_may_complete << parts_->state.transactions.left();
  dont_initialize();
}

Smmu::~Smmu() = default;

void Smmu::dma(int tbu, Payload& payload, sc_core::sc_time& delay) {
  parts_->tbus[static_cast<std::size_t>(tbu)]->transport(payload, delay);
}

tlm::tlm_sync_enum Smmu::non_blocking(int tbu, Payload& payload, tlm::tlm_phase& phase,
                                      sc_core::sc_time& delay) {
  return parts_->non_blocking[static_cast<std::size_t>(tbu)]->forward(payload, phase, delay);
}

unsigned Smmu::debug(int tbu, Payload& payload) {
  return parts_->direct[static_cast<std::size_t>(tbu)]->debug(payload);
}

bool Smmu::direct_memory(int tbu, Payload& payload, tlm::tlm_dmi& dmi) {
  return parts_->direct[static_cast<std::size_t>(tbu)]->pointer(payload, dmi);
}

void Smmu::memory_takes_back(int tbu, sc_dt::uint64 first, sc_dt::uint64 last) {
  parts_->direct[static_cast<std::size_t>(tbu)]->memory_takes_back(first, last);
}

bool Smmu::look(u64 pa, void* data, std::size_t bytes) {
  Payload payload;
  payload.set_read();
  payload.set_address(pa);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(static_cast<unsigned>(bytes));
  return walk_out->transport_dbg(payload) == bytes;
}

void Smmu::message(int tbu, Payload& payload, sc_core::sc_time&) {
  MessageExtension* m = nullptr;
  payload.get_extension(m);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const auto port = static_cast<unsigned>(tbu);
  if (m == nullptr) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (m->kind == MessageKind::kInvalidateCompletion) {
    parts_->atc.completed(port, *m);
  } else if (m->kind == MessageKind::kPageRequest) {
    parts_->pri.received(port,
                         {.asked = {parts_->state.known(m->who), m->address, m->intent},
                          .prg_index = m->prg_index,
                          .last = m->last,
                          .stop_marker = m->who.pasid && m->last && !m->intent.read && !m->intent.write});
  } else if (m->kind == MessageKind::kPageHint) {
    page_hint(*m);
  } else {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  }
}

void Smmu::broadcast(Payload& payload, sc_core::sc_time&) {
  BroadcastExtension* b = nullptr;
  payload.get_extension(b);
  if (b == nullptr) return payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  State& state = parts_->state;
  const core::SmmuFeatures& features = state.config.features;
  if (!features.btm || state.registers.flag(spec::offset::CR2, spec::CR2::PTM)) return;
  if (b->sync) {
    // As CMD_SYNC, without the effects that only commands have (3.21.1).
    parts_->broadcast.sync();
    const u64 sync = parts_->broadcast_syncs++, below = state.transactions.next_number();
    state.facts.announce(trace::BroadcastSyncBegin{sync, below});
    state.transactions.wait_below(below);
    state.facts.announce(trace::BroadcastSyncEnd{sync});
  } else if (const auto scope = core::broadcast_scope(b->tlbi, features)) {
    parts_->broadcast.issue(*scope, std::nullopt);
  }
}

void Smmu::forget_direct_memory(sc_dt::uint64 first, sc_dt::uint64 last) {
  parts_->memory.forget(first, last);
}

// A page hint may always be dropped (3.12.4.1); while SMMUEN is 0 it is.
void Smmu::page_hint(const MessageExtension& m) {
  if (!parts_->state.registers.smmu_enabled()) return;
  parts_->events.record(core::page_hint({parts_->state.known(m.who), m.address, m.intent}, m.span));
}

void Smmu::deliver(unsigned tbu, const MessageExtension& message) {
  auto& idle = parts_->idle_messages;
  if (idle.empty()) idle.push_back(std::make_unique<Payload>());
  std::unique_ptr<Payload> payload = std::move(idle.back());
  idle.pop_back();
  MessageExtension extension = message;
  payload->set_command(tlm::TLM_IGNORE_COMMAND);
  payload->set_data_ptr(nullptr);
  payload->set_data_length(0);
  payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  {
    const transport::Carried carried(*payload, extension);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    (*messages_out_[tbu])->b_transport(*payload, delay);
  }
  if (message.kind == MessageKind::kInvalidateRequest && !payload->is_response_ok())
    parts_->atc.unsupported(tbu, message.itag);
  idle.push_back(std::move(payload));
}

Smmu::InterruptOut& Smmu::irq_event() {
  return parts_->irq_event.out;
}
Smmu::InterruptOut& Smmu::irq_pri() {
  return parts_->irq_pri.out;
}
Smmu::InterruptOut& Smmu::irq_gerror() {
  return parts_->irq_gerror.out;
}
Smmu::InterruptOut& Smmu::irq_cmd_sync() {
  return parts_->irq_cmd_sync.out;
}

Smmu::InterruptOut& Smmu::irq_pmcg() {
  return parts_->irq_pmcg.out;
}

const sc_core::sc_event& Smmu::sev() const {
  return parts_->commands.sev();
}

const core::SmmuConfig& Smmu::config() const {
  return parts_->state.config;
}

Smmu::Inspection Smmu::inspect() const {
  return {parts_->state.registers, parts_->tcu.config_cache(), parts_->tcu.walk_cache()};
}

void Smmu::visit_counters(const std::function<void(const std::string&, u64)>& f) const {
  parts_->state.counters.visit(f);
}

bool Smmu::idle() const {
  const Parts& p = *parts_;
  return p.state.transactions.empty() && p.stalls.held() == 0 && !p.commands.busy() &&
         !p.commands.runnable() && p.commanded.idle() && p.broadcast.idle() && p.prefetcher.idle() &&
         p.messages.idle() && p.atc.idle();
}

}  // namespace smmu_vp::smmu
