// CR0 and IRQ_CTRL of one SMMU: what software wrote, and what it has seen acknowledged. A field counts as Updated once its
// new value was observed in the acknowledgement register, not when the SMMU was done with it: nothing else tells software
// (6.3.9), so a driver that does not look is right by chance only.
#pragma once

#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

class RegisterUpdates {
 public:
  // A 32-bit word that software has written or read, of any register.
  void write(u64 offset, u32 value) {
    if (offset == spec::offset::CR0) cr0_.written = value;
    if (offset == spec::offset::IRQ_CTRL) irq_ctrl_.written = value;
  }
  void read(u64 offset, u32 value) {
    if (offset == spec::offset::CR0ACK) cr0_.seen = value;
    if (offset == spec::offset::IRQ_CTRLACK) irq_ctrl_.seen = value;
    write(offset, value);  // what the SMMU made of a write that broke the rules
  }

  // Bits changed by software whose Update it has not seen.
  u32 pending(u32 offset) const { return at(offset).written ^ at(offset).seen; }
  u32 written(u32 offset) const { return at(offset).written; }
  // Bits that may be set, as far as software can know: for what they guard, a field on its way to 0 is still 1 (6.3.9).
  u32 may_be_set(u32 offset) const { return at(offset).written | at(offset).seen; }
  bool guards(const spec::Guard& guard) const { return (may_be_set(guard.offset) & guard.field.mask()) != 0; }

 private:
  struct Acknowledged {
    u32 written = 0, seen = 0;
  };
  // CR0 or IRQ_CTRL.
  const Acknowledged& at(u32 offset) const { return offset == spec::offset::CR0 ? cr0_ : irq_ctrl_; }

  Acknowledged cr0_, irq_ctrl_;
};

}  // namespace smmu_vp::tb
