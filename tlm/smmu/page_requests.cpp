// Receives page requests and sends PRG Responses.
#include "tlm/smmu/page_requests.h"

#include "tlm/core/event_record.h"

namespace smmu_vp::smmu {

using Fate = trace::PageRequestOutcome;

using Outcome = core::OutputQueue::Outcome;

PageRequests::PageRequests(State& state, Tcu& tcu, EventRecorder& events, Interrupts& interrupts,
                           Messages& messages, const PortOfStream& route)
    : state_(state),
      watch_(state),
      tcu_(tcu),
      events_(events),
      interrupts_(interrupts),
      messages_(messages),
      route_(route),
      queue_(state.registers, state.memory,
             {.base = spec::offset::PRIQ_BASE,
              .prod = spec::offset::PRIQ_PROD,
              .cons = spec::offset::PRIQ_CONS,
              .log2_max = state.config.features.priq_log2_max,
              .oas_bits = state.config.features.oas_bits}) {}

bool PageRequests::available() const {
  return state_.registers.priq_enabled() && !state_.registers.error_active(spec::GERROR::PRIQ_ABT_ERR);
}

void PageRequests::received(unsigned port, const core::PageRequestMessage& m) {
  watch_.arrived();
  std::optional<core::AutoResponse> answer;
  Fate fate{};
  {
    const Turnstile::Pass pass(turnstile_);
    fate = take(m, answer);
  }
  state_.ended();
  watch_.taken(m, fate);
  if (!answer) return;
  send(port, {m.asked.who.sid, answer->with_pasid ? m.asked.who.pasid : std::nullopt}, m.prg_index,
       answer->code);
}

trace::PageRequestOutcome PageRequests::take(const core::PageRequestMessage& m,
                                             std::optional<core::AutoResponse>& answer) {
  if (available()) {
    // An overflow that software has not acknowledged blocks new entries even if there is space (8.1).
    if (queue_.overflowed() || queue_.full()) return overflow(m, answer);
    const Outcome outcome = queue_.push(core::page_request_record(m).w);
    if (outcome == Outcome::kWritten || outcome == Outcome::kWrittenToEmpty) {
      watch_.moved(queue_);
      interrupt(outcome == Outcome::kWrittenToEmpty, m);
      return Fate::kQueued;
    }
    interrupts_.error(spec::GERROR::PRIQ_ABT_ERR);
  }
  answer = core::answer_when_unavailable(m);
  return answer ? Fate::kAutoResponse : Fate::kDropped;
}

trace::PageRequestOutcome PageRequests::overflow(const core::PageRequestMessage& m,
                                                 std::optional<core::AutoResponse>& answer) {
  if (!queue_.overflowed()) {
    queue_.toggle_overflow();
    watch_.moved(queue_);
  }
  interrupt(false, m);  // LO covers a message discarded on overflow too (6.3.36)
  answer = core::answer_on_overflow(m, core::answered_on_overflow(m) ? ste_ppar(m) : std::nullopt);
  return answer ? Fate::kAutoResponse : Fate::kDropped;
}

// Whether the response repeats the PASID (8.1).
std::optional<bool> PageRequests::ste_ppar(const core::PageRequestMessage& m) {
  if (!m.asked.who.pasid) return std::nullopt;
  if (state_.config.features.repeats_pasid()) return true;
  // CMD_CFGI_* is complete only when walks of the structures it names are (3.21.3), so
  // CMD_SYNC must wait for this.
  const Transactions::InFlight in_flight(state_.transactions);
  const core::ConfigRef found = tcu_.stream_configuration(m.asked.who.sid, Tcu::Cause::kOther);
  if (!found->fault) return found->stream.ppar;
  const bool record_it =
      state_.registers.rec_cfg_ats() && core::recordable(found->fault->event, state_.registers.recinvsid());
  if (record_it) events_.record(core::event_record(*found->fault, {.who = m.asked.who}));
  return std::nullopt;
}

void PageRequests::interrupt(bool to_empty, const core::PageRequestMessage& m) {
  const bool last_only = state_.registers.flag(spec::offset::PRIQ_IRQ_CFG2, spec::PRIQ_IRQ_CFG2::LO);
  if (last_only ? m.last : to_empty) interrupts_.raise(Interrupts::Source::kPriq);
}

void PageRequests::respond(const spec::Requester& who, u16 prg_index, spec::Resp response) {
  const std::optional<unsigned> port = route_(who.sid);
  if (!port) return;
  watch_.answered();
  using enum spec::ResponseCode;
  const spec::ResponseCode code = response == spec::Resp::kSuccess          ? kSuccess
                                  : response == spec::Resp::kInvalidRequest ? kInvalidRequest
                                                                            : kResponseFailure;
  send(*port, who, prg_index, code);
}

void PageRequests::send(unsigned port, const spec::Requester& who, u16 prg_index, spec::ResponseCode code) {
  watch_.sent(who, prg_index, code);
  transport::MessageExtension m;
  m.kind = transport::MessageKind::kPrgResponse;
  m.who = who;
  m.prg_index = prg_index;
  m.response_code = static_cast<u8>(code);
  messages_.send(port, m);
}

}  // namespace smmu_vp::smmu
