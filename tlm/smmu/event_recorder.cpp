// Writing event records one at a time.
#include "tlm/smmu/event_recorder.h"

namespace smmu_vp::smmu {

namespace evt = spec::evt;

namespace {

// Of these, InputAddr[11:0] does not count when events are compared (7.3.8, 7.3.12 to 7.3.17).
bool compared_by_page(spec::EventId id) {
  switch (id) {
    case spec::EventId::F_TRANSL_FORBIDDEN:
    case spec::EventId::F_WALK_EABT:
    case spec::EventId::F_TRANSLATION:
    case spec::EventId::F_ADDR_SIZE:
    case spec::EventId::F_ACCESS:
    case spec::EventId::F_PERMISSION:
    case spec::EventId::F_TLB_CONFLICT:
      return true;
    default:
      return false;
  }
}

bool alike(const spec::Event& a, const spec::Event& b) {
  const auto id = static_cast<spec::EventId>(evt::Type.get(a.w));
  const u64 ignored = compared_by_page(id) ? 0xFFF : 0;
  return a.w[0] == b.w[0] && a.w[1] == b.w[1] && ((a.w[2] ^ b.w[2]) & ~ignored) == 0 && a.w[3] == b.w[3];
}

}  // namespace

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

void EventRecorder::record(const spec::Event& event, bool mergeable) {
  if (mergeable && merges(event)) {
    ++state_.counters.events_merged;
    announce(event, Fate::kMerged);
    return;
  }
  if (!deliver(event, true, mergeable)) announce(event, Fate::kDropped);
}

bool EventRecorder::merges(const spec::Event& event) const {
  return enabled() && newest_ && transport::Timing::now_ps() - newest_->at_ps <= kMergePs &&
         alike(newest_->event, event);
}

bool EventRecorder::record_stall(const spec::Event& event) {
  return deliver(event, false, false);
}

bool EventRecorder::deliver(const spec::Event& event, bool discardable, bool mergeable) {
  if (!enabled()) {
    state_.counters.events_dropped += discardable;
    return false;
  }
  bool written = false;
  {
    const Turnstile::Pass pass(turnstile_);
    // Judged once: a record that is being written when the queue is disabled is still written, or its abort
    // reported, before that is acknowledged (6.3.9.4).
    const bool writable = enabled();
    const auto outcome = writable ? queue_.push(event.w) : core::OutputQueue::Outcome::kAborted;
    switch (outcome) {
      case core::OutputQueue::Outcome::kWritten:
      case core::OutputQueue::Outcome::kWrittenToEmpty:
        written = true;
        newest_.reset();
        if (mergeable) newest_ = {event, transport::Timing::now_ps()};
        ++state_.counters.events[spec::evt::Type.get(event.w)];
        announce(event, Fate::kWritten);
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
        if (writable) interrupts_.error(spec::GERROR::EVENTQ_ABT_ERR);
        break;
    }
  }
  state_.ended();
  state_.counters.events_dropped += discardable && !written;
  return written;
}

void EventRecorder::may_have_become_writable() {
  newest_.reset();  // software may have read the record, or moved the queue
  ++occasions_;
  writable_.notify();
}

void EventRecorder::announce(const spec::Event& event, Fate fate) const {
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
                         .dropped = fate == Fate::kDropped,
                         .address = has_address ? event.w[2] : 0,
                         .w0 = event.w[0],
                         .w1 = event.w[1],
                         .w2 = event.w[2],
                         .w3 = event.w[3],
                         .merged = fate == Fate::kMerged});
}

}  // namespace smmu_vp::smmu
