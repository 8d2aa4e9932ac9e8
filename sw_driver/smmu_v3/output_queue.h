// The Event queue or the PRI queue: the SMMU produces, one interrupt thread consumes (3.5, 7.4, 8.1).
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "sw_driver/env.h"
#include "sw_driver/smmu_v3/registers.h"
#include "tlm/spec/queue.h"

namespace smmu_vp::sw {

class OutputQueue {
 public:
  struct Place {
    const char* name;
    unsigned entry_bytes;
    u32 base, prod, cons;  // register offsets
  };

  OutputQueue(Env& env, const Registers& registers, const Place& place);

  bool allocate(unsigned log2);
  void write_registers() const;

  // Passes each entry to `handle` until the queue is empty. Returns whether the SMMU has dropped entries
  // since the last call; this overflow is acknowledged as late as possible.
  bool drain(const std::function<void(std::span<const u64> entry)>& handle);
  // Waits until every entry that was in the queue at the call has been handled.
  void wait_drained();

 private:
  Env& env_;
  const Registers& registers_;
  Place place_;
  u64 base_ = 0;
  unsigned log2_ = 0;
  u32 prod_ = 0, cons_ = 0;
  u64 removed_ = 0, handled_ = 0;
  std::unique_ptr<WaitQueue> progress_;
};

}  // namespace smmu_vp::sw
