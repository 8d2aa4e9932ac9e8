// The Command queue: fetches commands, executes them in order, stops at errors (3.5, 4.1, 7.1).
#pragma once

#include "tlm/core/output_queue.h"
#include "tlm/smmu/command_effects.h"
#include "tlm/smmu/interrupts.h"

namespace smmu_vp::smmu {

class CommandQueue {
 public:
  CommandQueue(State& state, CommandWatch& watch, CommandEffects& effects, Interrupts& interrupts);

  // Call after any change that may let commands be consumed.
  void kick() { kicked_.notify(); }
  bool busy() const { return busy_; }
  bool runnable() const;
  // WFE wake-up events to PEs (4.1.2, 4.7.3).
  const sc_core::sc_event& sev() const { return sev_; }

 private:
  static constexpr u32 kFetch = 8;  // commands per read

  void run();
  void consume();
  bool execute(const spec::Command& command);
  void fail(spec::Cerror error);
  void advance();
  void complete_sync(const spec::Command& command);
  core::QueueGeometry geometry() const;

  State& state_;
  CommandWatch& watch_;
  CommandEffects& effects_;
  Interrupts& interrupts_;
  bool busy_ = false;
  sc_core::sc_event kicked_, sev_;
};

}  // namespace smmu_vp::smmu
