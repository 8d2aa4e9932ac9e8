// The mm notifier: the mm calls it when the address space changes, before pages are freed.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

class MmuNotifier {
 public:
  virtual ~MmuNotifier() = default;
  // On return no old translation of [start, end) is in use. (0, kAll) means the whole address space.
  virtual void invalidate_range(u64 start, u64 end) = 0;
  // The address space is being torn down: on return nothing uses or walks it. Must not wait for a device.
  virtual void release() = 0;
  // Called once after Mm::notifier_put(), when no call into the notifier is running any more.
  virtual void freed() = 0;

  static constexpr u64 kAll = ~u64{0};
};

}  // namespace smmu_vp::sw
