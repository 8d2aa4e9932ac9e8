// Page requests in, PRG responses out.
#include "tlm/smmu/page_requests.h"

#include "tlm/core/event_record.h"

namespace smmu_vp::smmu {

using Outcome = core::OutputQueue::Outcome;

PageRequests::PageRequests(State& state, Tcu& tcu, EventRecorder& events, Interrupts& interrupts,
                           Messages& messages, const PortOfStream& route)
    : state_(state),
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
  ++state_.counters.page_requests;
  std::optional<core::AutoResponse> answer;
  std::string_view outcome;
  {
    const Turnstile::Pass pass(turnstile_);
    outcome = take(m, answer);
  }
  state_.ended();
  state_.facts.announce(trace::PageRequestReceived{.sid = m.sid,
                                                   .ssid = m.ssid,
                                                   .prg_index = m.prg_index,
                                                   .ssv = m.ssv,
                                                   .last = m.last,
                                                   .read = m.read,
                                                   .write = m.write,
                                                   .address = m.address,
                                                   .outcome = outcome});
  state_.counters.page_requests_dropped += outcome == "dropped";
  if (!answer) return;
  ++state_.counters.auto_responses;
  send(port, m.sid, answer->with_pasid, answer->with_pasid ? m.ssid : 0, m.prg_index, answer->code);
}

std::string_view PageRequests::take(const core::PageRequestMessage& m,
                                    std::optional<core::AutoResponse>& answer) {
  if (available()) {
    // Overflow that software has not acknowledged keeps new entries out, free space or not (8.1).
    if (queue_.overflowed() || queue_.full()) return overflow(m, answer);
    const Outcome outcome = queue_.push(core::page_request_record(m).w);
    if (outcome == Outcome::kWritten || outcome == Outcome::kWrittenToEmpty) {
      state_.facts.announce(trace::QueueState{"PRIQ", queue_.prod(), queue_.cons()});
      interrupt(outcome == Outcome::kWrittenToEmpty, m);
      return "queued";
    }
    interrupts_.error(spec::GERROR::PRIQ_ABT_ERR);
  }
  answer = core::answer_when_unavailable(m);
  return answer ? "auto_response" : "dropped";
}

std::string_view PageRequests::overflow(const core::PageRequestMessage& m,
                                        std::optional<core::AutoResponse>& answer) {
  if (!queue_.overflowed()) {
    queue_.toggle_overflow();
    state_.facts.announce(trace::QueueState{"PRIQ", queue_.prod(), queue_.cons()});
  }
  interrupt(false, m);  // with LO, also for a message that overflow discards (6.3.36)
  answer = core::answer_on_overflow(m, core::answered_on_overflow(m) ? ste_ppar(m) : std::nullopt);
  return answer ? "auto_response" : "dropped";
}

// Whether the response repeats the PASID (8.1).
std::optional<bool> PageRequests::ste_ppar(const core::PageRequestMessage& m) {
  if (!m.ssv) return std::nullopt;
  if (state_.config.features.repeats_pasid()) return true;
  // A CMD_CFGI_* is complete only when walks of the structures it names are (3.21.3): CMD_SYNC waits.
  const Transactions::InFlight in_flight(state_.transactions);
  const core::ConfigRef found = tcu_.stream_configuration(m.sid, Tcu::Cause::kOther);
  if (!found->fault) return found->stream.ppar;
  const bool record_it =
      state_.rec_cfg_ats() && (found->fault->event != spec::EventId::C_BAD_STREAMID || state_.recinvsid());
  if (record_it)
    events_.record(core::event_record(*found->fault, {.sid = m.sid, .ssv = true, .ssid = m.ssid}));
  return std::nullopt;
}

void PageRequests::interrupt(bool to_empty, const core::PageRequestMessage& m) {
  const bool last_only = state_.registers.flag(spec::offset::PRIQ_IRQ_CFG2, spec::PRIQ_IRQ_CFG2::LO);
  if (last_only ? m.last : to_empty) interrupts_.raise(Interrupts::Source::kPriq);
}

void PageRequests::respond(u32 sid, bool ssv, u32 ssid, u16 prg_index, spec::Resp response) {
  const std::optional<unsigned> port = route_(sid);
  if (!port) return;
  ++state_.counters.prg_responses;
  using enum spec::ResponseCode;
  const spec::ResponseCode code = response == spec::Resp::kSuccess          ? kSuccess
                                  : response == spec::Resp::kInvalidRequest ? kInvalidRequest
                                                                            : kResponseFailure;
  send(*port, sid, ssv, ssv ? ssid : 0, prg_index, code);
}

void PageRequests::send(unsigned port, u32 sid, bool ssv, u32 ssid, u16 prg_index, spec::ResponseCode code) {
  using enum spec::ResponseCode;
  const std::string_view name = code == kSuccess          ? "Success"
                                : code == kInvalidRequest ? "Invalid Request"
                                                          : "Response Failure";
  state_.facts.announce(trace::PrgResponseSent{sid, ssid, prg_index, ssv, name});
  transport::MessageExtension m;
  m.kind = transport::MessageKind::kPrgResponse;
  m.stream_id = sid;
  m.has_pasid = ssv;
  m.pasid = ssid;
  m.prg_index = prg_index;
  m.response_code = static_cast<u8>(code);
  messages_.send(port, m);
}

}  // namespace smmu_vp::smmu
