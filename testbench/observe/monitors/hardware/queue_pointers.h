// One queue: whether software moves its pointer as a producer or consumer may, and leaves alone what it must not touch.
// Each function says what is wrong, or nothing.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "testbench/observe/monitors/hardware/queue_registers.h"
#include "tlm/trace/facts_smmu.h"

namespace smmu_vp::tb {

class QueuePointers {
 public:
  explicit QueuePointers(const QueueRegisters& registers, const MachineTraits& machine)
      : registers_(registers), machine_(machine) {}

  const QueueRegisters& registers() const { return registers_; }
  u32 prod() const { return prod_; }
  u32 cons() const { return cons_; }
  QueueGeometry geometry() const { return geometry_of(registers_, base_, machine_); }
  // Nothing while no overflow is there: since when there has been one that nobody has acknowledged (7.4, 8.1).
  std::optional<u64> overflowed_since() const { return overflowed_since_; }
  // Since then software is late: it has read everything that there was, and not acknowledged the overflow; or it has not
  // moved its pointer since. Only while there is an overflow.
  u64 late_since() const { return drained_since_.value_or(std::max(*overflowed_since_, consumed_ps_)); }

  // The pointers as the SMMU has them.
  void moved(const trace::QueueState& f, u64 t_ps);

  // What software writes to one of its registers; `f` is one 32-bit word of it.
  struct Write {
    u32 offset, before, value;
    bool enabled;      // the queue is, or may still be, enabled
    bool may_go_back;  // a command error is active: PROD may move back to CONS (7.1)
    u64 t_ps;
  };
  std::optional<std::string> written(const Write& w);
  // CR0 enables the queue.
  std::optional<std::string> enabled() const;

 private:
  std::optional<std::string> moved_by_software(const Write& w) const;

  const QueueRegisters& registers_;
  const MachineTraits& machine_;
  u64 base_ = 0;
  u32 prod_ = 0, cons_ = 0;
  struct Written {
    bool base = false, software = false, hardware = false;
  } known_;  // registers that were written since reset, which leaves them UNKNOWN
  std::optional<u64> overflowed_since_, drained_since_;
  u64 consumed_ps_ = 0;  // when software last moved its pointer
};

}  // namespace smmu_vp::tb
