// Access to one SMMU's registers by the manual's offsets.
#pragma once

#include "sw_driver/poll.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::sw {

class Registers {
 public:
  Registers(Os& os, u64 base) : os_(os), base_(base) {}

  u32 read32(u32 offset) const { return os_.mmio_read32(base_ + offset); }
  void write32(u32 offset, u32 value) const { os_.mmio_write32(base_ + offset, value); }
  void write64(u32 offset, u64 value) const { os_.mmio_write64(base_ + offset, value); }

  // Writes a control register and waits for its acknowledgement (6.3.10, 6.3.18).
  struct Acknowledged {
    u32 offset, ack_offset;
  };
  bool write_sync(const Acknowledged& r, u32 value) const {
    write32(r.offset, value);
    return poll_until(os_, kSecond, [&] { return read32(r.ack_offset) == value; });
  }

 private:
  Os& os_;
  u64 base_;
};

}  // namespace smmu_vp::sw
