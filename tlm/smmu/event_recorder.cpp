// Writing event records one at a time.
#include "tlm/smmu/event_recorder.h"

namespace smmu_vp::smmu {

using spec::FieldKind;

namespace {

// Whether two records are equal in the fields that merging compares (7.3.1).
bool alike(const spec::Event& a, const spec::Event& b) {
  const u64 ignored = info_of(a).field(FieldKind::kInputPage) != nullptr ? 0xFFF : 0;
  return a.w[0] == b.w[0] && a.w[1] == b.w[1] && ((a.w[2] ^ b.w[2]) & ~ignored) == 0 && a.w[3] == b.w[3];
}

}  // namespace

EventRecorder::EventRecorder(State& state, Interrupts& interrupts)
    : state_(state),
      interrupts_(interrupts),
      watch_(state),
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
  if (mergeable && merges(event)) return watch_.merged(event);
  if (!deliver(event, true, mergeable)) watch_.dropped(event);
}

bool EventRecorder::merges(const spec::Event& event) const {
  return enabled() && newest_ && transport::Timing::now_ps() - newest_->at_ps <= kMergePs &&
         alike(newest_->event, event);
}

bool EventRecorder::record_stall(const spec::Event& event) {
  return deliver(event, false, false);
}

bool EventRecorder::deliver(const spec::Event& event, bool discardable, bool mergeable) {
  if (!enabled()) return false;
  bool written = false;
  {
    const Turnstile::Pass pass(turnstile_);
    // Checked once: a record that is being written when the queue is disabled is still written, or its abort
    // reported, before the Update completes (6.3.9.4).
    const bool writable = enabled();
    const auto outcome = writable ? queue_.push(event.w) : core::OutputQueue::Outcome::kAborted;
    switch (outcome) {
      case core::OutputQueue::Outcome::kWritten:
      case core::OutputQueue::Outcome::kWrittenToEmpty:
        written = true;
        newest_.reset();
        if (mergeable) newest_ = {event, transport::Timing::now_ps()};
        watch_.written(event, queue_);
        if (outcome == core::OutputQueue::Outcome::kWrittenToEmpty)
          interrupts_.raise(Interrupts::Source::kEventq);
        break;
      case core::OutputQueue::Outcome::kFull:
        // Only a discarded event overflows the queue (7.4).
        if (discardable && !queue_.overflowed()) {
          queue_.toggle_overflow();
          watch_.moved(queue_);
        }
        break;
      case core::OutputQueue::Outcome::kAborted:
        if (writable) interrupts_.error(spec::GERROR::EVENTQ_ABT_ERR);
        break;
    }
  }
  state_.ended();
  return written;
}

void EventRecorder::may_have_become_writable() {
  newest_.reset();  // software may have read the record or changed the queue
  ++occasions_;
  writable_.notify();
}

}  // namespace smmu_vp::smmu
