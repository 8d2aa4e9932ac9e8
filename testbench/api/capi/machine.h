// A machine that can be reset within the process. A reset discards the whole simulation, with SystemC's
// context, and builds the machine again: resetting each part separately could miss some state.
#pragma once

#include <optional>

#include "testbench/api/capi/session.h"
#include "testbench/machine/config/load.h"

namespace smmu_vp::tb {

class Machine {
 public:
  // Throws ConfigError.
  explicit Machine(const ConfigSources& sources);

  // The same object for the machine's lifetime, across resets.
  Session& session() { return *session_; }
  // Restores the power-on state at simulated time 0; only the host address of RAM stays the same. Closes
  // run folders and waves. Throws Refusal, and WriteError if one of them could not be completed.
  void reset();
  // As Session::listen(), across resets.
  void listen(NoticeListener* listener);
  bool has_waves() const { return session_ && session_->waves_open(); }
  u64 resets() const { return resets_; }

 private:
  bool alone_;  // the process has no other SystemC modules
  std::optional<Session> session_;
  NoticeListener* listener_ = nullptr;
  u64 resets_ = 0;
};

}  // namespace smmu_vp::tb
