// Writing event records one at a time.
#include "tlm/smmu/event_recorder.h"

namespace smmu_vp::smmu {

namespace evt = spec::evt;

EventRecorder::EventRecorder(State& state, Interrupts& interrupts)
    : state_(state),
      interrupts_(interrupts),
      queue_(state.registers, state.memory,
             {.base = spec::offset::EVENTQ_BASE,
              .prod = spec::offset::EVENTQ_PROD,
              .cons = spec::offset::EVENTQ_CONS,
              .log2_max = state.config.features.eventq_log2_max,
              .oas_bits = state.config.features.oas_bits}) {}

bool EventRecorder::enabled() const {
  return state_.registers.flag(spec::offset::CR0, spec::CR0::EVENTQEN) &&
         !state_.registers.error_active(spec::GERROR::EVENTQ_ABT_ERR);
}

void EventRecorder::record(const spec::Event& event) {
  if (!deliver(event, true)) announce(event, true);
}

bool EventRecorder::record_stall(const spec::Event& event) {
  return deliver(event, false);
}

bool EventRecorder::deliver(const spec::Event& event, bool discardable) {
  if (!enabled()) {
    state_.counters.events_dropped += discardable;
    return false;
  }
  bool written = false;
  {
    const Turnstile::Pass pass(turnstile_);
    const auto outcome = enabled() ? queue_.push(event.w) : core::OutputQueue::Outcome::kAborted;
    switch (outcome) {
      case core::OutputQueue::Outcome::kWritten:
      case core::OutputQueue::Outcome::kWrittenToEmpty:
        written = true;
        ++state_.counters.events[spec::evt::Type.get(event.w)];
        announce(event, false);
        state_.facts.announce(trace::QueueState{"EVENTQ", queue_.prod(), queue_.cons()});
        if (outcome == core::OutputQueue::Outcome::kWrittenToEmpty)
          interrupts_.raise(Interrupts::Source::kEventq);
        break;
      case core::OutputQueue::Outcome::kFull:
        // Only a discarded event overflows the queue (7.4).
        if (discardable && !queue_.overflowed()) {
          queue_.toggle_overflow();
          state_.facts.announce(trace::QueueState{"EVENTQ", queue_.prod(), queue_.cons()});
        }
        break;
      case core::OutputQueue::Outcome::kAborted:
        if (enabled()) interrupts_.error(spec::GERROR::EVENTQ_ABT_ERR);
        break;
    }
  }
  state_.ended();
  state_.counters.events_dropped += discardable && !written;
  return written;
}

void EventRecorder::may_have_become_writable() {
  ++occasions_;
  writable_.notify();
}

void EventRecorder::announce(const spec::Event& event, bool dropped) const {
  if (!state_.facts.heard<trace::EventRecord>()) return;
  const spec::EventInfo* info = spec::find_event(evt::Type.get(event.w));
  bool has_stall = false, has_address = false;
  for (const spec::NamedField& f : info->fields) {
    has_stall |= f.field.lo == evt::Stall.lo && f.field.hi == evt::Stall.hi &&
                 info->id != spec::EventId::F_BAD_ATS_TREQ;
    has_address |= std::string_view(f.name) == "InputAddr";
  }
  state_.facts.announce(
      trace::EventRecord{.name = info->name,
                         .sid = static_cast<u32>(evt::StreamID.get(event.w)),
                         .ssid = static_cast<u32>(evt::SubstreamID.get(event.w)),
                         .ssv = evt::SSV.get(event.w) != 0 || info->id == spec::EventId::C_BAD_SUBSTREAMID,
                         .stall = has_stall && evt::Stall.get(event.w) != 0,
                         .dropped = dropped,
                         .address = has_address ? event.w[2] : 0,
                         .w0 = event.w[0],
                         .w1 = event.w[1],
                         .w2 = event.w[2],
                         .w3 = event.w[3]});
}

}  // namespace smmu_vp::smmu
