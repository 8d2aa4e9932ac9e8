// Delivery into the Event queue (7.2, 7.4). A transaction records its own event before it leaves, so
// CMD_SYNC, which waits for the transaction, waits for its record too.
#pragma once

#include <optional>

#include "tlm/core/output_queue.h"
#include "tlm/smmu/interrupts.h"
#include "tlm/smmu/turnstile.h"

namespace smmu_vp::smmu {

class EventRecorder {
 public:
  static constexpr u64 kMergePs = 1'000'000;  // "quick succession" of 7.3.1; uncalibrated

  EventRecorder(State& state, Interrupts& interrupts);

  // The event of a terminated transaction: recorded, or discarded when the queue is not writable (7.2.1).
  // `mergeable` by STE.MEV of its stream: one like the newest record, which software has not answered with a
  // write to the queue's indexes, is merged into it within kMergePs (7.3.1).
  void record(const spec::Event& event, bool mergeable = false);
  // The event of a stalling transaction: false when the queue is not writable. Such a record is never
  // discarded: its transaction waits for writable() and starts again (3.12.2).
  bool record_stall(const spec::Event& event);

  // Notified whenever the queue may have become writable; counts the occasions.
  const sc_core::sc_event& writable() const { return writable_; }
  u64 occasions() const { return occasions_; }
  void may_have_become_writable();

  bool writing() const { return turnstile_.busy(); }

 private:
  bool enabled() const;
  enum class Fate : u8 { kWritten, kMerged, kDropped };
  // The newest record, while others may be merged into it.
  struct Newest {
    spec::Event event;
    u64 at_ps;
  };

  bool merges(const spec::Event& event) const;
  bool deliver(const spec::Event& event, bool discardable, bool mergeable);
  void announce(const spec::Event& event, Fate fate) const;

  State& state_;
  Interrupts& interrupts_;
  core::OutputQueue queue_;
  Turnstile turnstile_;
  std::optional<Newest> newest_;
  sc_core::sc_event writable_;
  u64 occasions_ = 0;
};

}  // namespace smmu_vp::smmu
