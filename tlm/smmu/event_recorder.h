// Writes event records to the Event queue (7.2, 7.4). A transaction records its own event before it ends, so
// a CMD_SYNC that waits for the transaction waits for its record too.
#pragma once

#include <optional>

#include "tlm/core/output_queue.h"
#include "tlm/smmu/event_watch.h"
#include "tlm/smmu/interrupts.h"
#include "tlm/smmu/turnstile.h"

namespace smmu_vp::smmu {

class EventRecorder {
 public:
  static constexpr u64 kMergePs = 1'000'000;  // "quick succession" of 7.3.1; uncalibrated

  EventRecorder(State& state, Interrupts& interrupts);

  // The event of a terminated transaction is recorded, or discarded when the queue is not writable (7.2.1).
  // `mergeable` is STE.MEV of its stream: a record equal to the newest one is merged into it within kMergePs,
  // unless software has written the queue's indexes since (7.3.1).
  void record(const spec::Event& event, bool mergeable = false);
  // The event of a stalling transaction; false when the queue is not writable. Such an event is never
  // discarded: the transaction waits for writable() and starts again (3.12.2).
  bool record_stall(const spec::Event& event);

  // Notified whenever the queue may have become writable; occasions() counts the notifications.
  const sc_core::sc_event& writable() const { return writable_; }
  u64 occasions() const { return occasions_; }
  void may_have_become_writable();

  bool writing() const { return turnstile_.busy(); }

 private:
  bool enabled() const;
  // The newest record, while others may be merged into it.
  struct Newest {
    spec::Event event;
    u64 at_ps;
  };

  bool merges(const spec::Event& event) const;
  bool deliver(const spec::Event& event, bool discardable, bool mergeable);

  State& state_;
  Interrupts& interrupts_;
  EventWatch watch_;
  core::OutputQueue queue_;
  Turnstile turnstile_;
  std::optional<Newest> newest_;
  sc_core::sc_event writable_;
  u64 occasions_ = 0;
};

}  // namespace smmu_vp::smmu
