// How others learn that an address space changes: the mm calls its notifiers before pages are freed.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

class MmuNotifier {
 public:
  virtual ~MmuNotifier() = default;
  // When this returns nobody uses an old translation of [start, end). All of the address space: 0, kAll.
  virtual void invalidate_range(u64 start, u64 end) = 0;
  // The address space is going: when this returns nobody uses or walks it. May not wait for a device.
  virtual void release() = 0;
  // No caller is inside any more; called once, after Mm::notifier_put().
  virtual void freed() = 0;

  static constexpr u64 kAll = ~u64{0};
};

}  // namespace smmu_vp::sw
