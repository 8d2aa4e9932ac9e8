// A STAG is an index into a table. It is free again when its stall is answered, even if the
// transaction has not resumed yet.
#include "tlm/smmu/stalls.h"

#include <algorithm>

namespace smmu_vp::smmu {

using core::StallAction;

Stalls::Stalls(State& state, EventRecorder& recorder)
    : state_(state), recorder_(recorder), watch_(state), by_stag_(state.config.stalls) {}

StallAction Stalls::stall(Transactions::InFlight& transaction, const core::Fault& fault,
                          const spec::Access& access) {
  // Nothing can stall any more once SMMUEN is 0 (6.3.9.6).
  if (!state_.registers.smmu_enabled()) return StallAction::kAbort;
  Waiter waiter{access.who.sid, transaction.number(), {}};
  const u64 occasion = recorder_.occasions();
  ++held_;
  StallAction action = StallAction::kRetry;
  const std::optional<u16> stag = take_stag(waiter);
  if (stag && recorder_.record_stall(core::event_record(fault, access, stag))) {
    action = wait_recorded(transaction, waiter, *stag, access);
  } else {
    if (stag && by_stag_[*stag] == &waiter) by_stag_[*stag] = nullptr;
    action = waiter.action ? *waiter.action : wait_recordable(transaction, waiter, occasion, access);
  }
  --held_;
  return action;
}

// The next free value after the last one used, so that a late CMD_RESUME rarely meets a new stall.
std::optional<u16> Stalls::take_stag(Waiter& waiter) {
  for (std::size_t tried = 0; tried < by_stag_.size(); ++tried) {
    const std::size_t stag = (next_stag_ + tried) % by_stag_.size();
    if (by_stag_[stag] != nullptr) continue;
    by_stag_[stag] = &waiter;
    next_stag_ = stag + 1;
    return static_cast<u16>(stag);
  }
  return std::nullopt;
}

StallAction Stalls::wait_recorded(Transactions::InFlight& transaction, Waiter& waiter, u16 stag,
                                  const spec::Access& access) {
  watch_.stalled(transaction.number(), access, stag);
  transaction.leave();
  while (!waiter.action) sc_core::wait(changed_);
  watch_.resumed(transaction.number(), access.who.sid, stag, *waiter.action);
  return *waiter.action;
}

StallAction Stalls::wait_recordable(Transactions::InFlight& transaction, Waiter& waiter, u64 occasion,
                                    const spec::Access& access) {
  unrecorded_.push_back(&waiter);
  watch_.unrecorded(transaction.number(), access);
  transaction.leave();
  // The queue may have become writable since the attempt to record; the changed
  // count then ends the wait at once.
  while (!waiter.action && recorder_.occasions() == occasion) sc_core::wait(recorder_.writable() | changed_);
  std::erase(unrecorded_, &waiter);
  return waiter.action.value_or(StallAction::kRetry);
}

void Stalls::release(u16 stag, StallAction action) {
  by_stag_[stag]->action = action;
  by_stag_[stag] = nullptr;
}

void Stalls::resume(u32 sid, u16 stag, StallAction action) {
  // If the STAG has no stall, or one of another stream, the command is ignored (4.7.1).
  if (stag >= by_stag_.size() || by_stag_[stag] == nullptr || by_stag_[stag]->sid != sid) return;
  release(stag, action);
  changed_.notify();
  recorder_.may_have_become_writable();  // a STAG is free again
}

void Stalls::terminate(u32 sid) {
  for (std::size_t stag = 0; stag < by_stag_.size(); ++stag) {
    if (by_stag_[stag] != nullptr && by_stag_[stag]->sid == sid)
      release(static_cast<u16>(stag), StallAction::kAbort);
  }
  for (Waiter* w : unrecorded_) {
    if (w->sid == sid) w->action = StallAction::kAbort;
  }
  changed_.notify();
  recorder_.may_have_become_writable();
}

void Stalls::terminate_all() {
  for (std::size_t stag = 0; stag < by_stag_.size(); ++stag) {
    if (by_stag_[stag] != nullptr) release(static_cast<u16>(stag), StallAction::kAbort);
  }
  for (Waiter* w : unrecorded_) w->action = StallAction::kAbort;
  changed_.notify();
}

}  // namespace smmu_vp::smmu
