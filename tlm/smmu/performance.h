// The counter group in simulated time: its clock and its interrupt (10.2.1).
#pragma once

#include "tlm/core/pmcg.h"
#include "tlm/smmu/interrupts.h"

namespace smmu_vp::smmu {

class Performance {
 public:
  Performance(State& state, Wire& wire);

  u64 read(u32 offset, spec::RegisterSize size);
  void write(u32 offset, spec::RegisterSize size, u64 value);

 private:
  void deliver();  // its own thread: counting does not wait for an MSI
  void clock();
  void send_msi();
  void complete_update();

  State& state_;
  Wire& wire_;
  bool due_ = false, sending_ = false;
  sc_core::sc_event raised_, overflow_near_;
};

}  // namespace smmu_vp::smmu
