// Stalled transactions: STAGs, and waiting for CMD_RESUME, CMD_STALL_TERM or SMMUEN = 0 (3.12.2, 4.7).
#pragma once

#include <optional>
#include <vector>

#include "tlm/core/command.h"
#include "tlm/core/event_record.h"
#include "tlm/smmu/event_recorder.h"
#include "tlm/smmu/stall_watch.h"

namespace smmu_vp::smmu {

class Stalls {
 public:
  Stalls(State& state, EventRecorder& recorder);

  // Blocks the calling thread's transaction until software resumes it, or until the Event queue has space for
  // its record. CMD_SYNC does not wait for a stalled transaction (4.7.3). kRetry means to start again as if
  // the transaction had just arrived.
  core::StallAction stall(Transactions::InFlight& transaction, const core::Fault& fault,
                          const spec::Access& access);

  void resume(u32 sid, u16 stag, core::StallAction action);
  void terminate(u32 sid);
  void terminate_all();

  // Transactions stalled with a recorded event, or waiting until one can be recorded.
  std::size_t held() const { return held_; }

 private:
  struct Waiter {
    u32 sid;
    u64 transaction;
    std::optional<core::StallAction> action;
  };

  std::optional<u16> take_stag(Waiter& waiter);
  void release(u16 stag, core::StallAction action);
  core::StallAction wait_recorded(Transactions::InFlight& transaction, Waiter& waiter, u16 stag,
                                  const spec::Access& access);
  core::StallAction wait_recordable(Transactions::InFlight& transaction, Waiter& waiter, u64 occasion,
                                    const spec::Access& access);

  State& state_;
  EventRecorder& recorder_;
  StallWatch watch_;
  std::vector<Waiter*> by_stag_;
  std::vector<Waiter*> unrecorded_;
  std::size_t next_stag_ = 0, held_ = 0;
  sc_core::sc_event changed_;
};

}  // namespace smmu_vp::smmu
