// A circular queue that the SMMU writes: the Event queue and the PRI queue (3.5, 7.4, 8.1).
#pragma once

#include <span>

#include "tlm/core/ports.h"
#include "tlm/core/register_file.h"

namespace smmu_vp::core {

// Base and size of a queue, from its *_BASE register. A size above the maximum
// counts as the maximum (6.3.26).
struct QueueGeometry {
  u64 base = 0;
  unsigned log2size = 0;
};
QueueGeometry queue_geometry(u64 base_register, unsigned log2_max, unsigned oas_bits);

class OutputQueue {
 public:
  struct Registers {
    u32 base, prod, cons;
    unsigned log2_max, oas_bits;
  };
  // kWrittenToEmpty: the queue became non-empty, which raises its interrupt (3.18).
  enum class Outcome : u8 { kWritten, kWrittenToEmpty, kFull, kAborted };

  OutputQueue(RegisterFile& registers, MemoryPort& memory, const Registers& where)
      : registers_(registers), memory_(memory), where_(where) {}

  bool full() const;
  bool empty() const;
  // Whether there is an overflow that software has not acknowledged.
  bool overflowed() const;
  void toggle_overflow();
  // Writes one record, then publishes it by moving PROD. Only one call may be active at a time. The caller
  // has checked that the queue is enabled and has no active abort error.
  Outcome push(std::span<const u64> record);

  u32 prod() const { return registers_.word(where_.prod); }
  u32 cons() const { return registers_.word(where_.cons); }

 private:
  QueueGeometry geometry() const;

  RegisterFile& registers_;
  MemoryPort& memory_;
  Registers where_;
};

}  // namespace smmu_vp::core
