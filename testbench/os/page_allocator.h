// Which pages of RAM are free. Lowest address first, so that freed pages are soon reused and a stale
// translation soon hits somebody else's data.
#pragma once

#include <map>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class PageAllocator {
 public:
  static constexpr u64 kPage = 4096;

  // [base, base + bytes) is free; base 0 is not handed out, since 0 says "none".
  PageAllocator(u64 base, u64 bytes);

  // Contiguous pages aligned to `pages` rounded up to a power of two; 0 when there are none.
  u64 allocate(u64 pages);
  // Must have been allocated, and wholly.
  void release(u64 pa, u64 pages);

  u64 free_bytes() const { return free_bytes_; }

 private:
  std::map<u64, u64> free_;  // start -> end
  u64 free_bytes_ = 0;
};

}  // namespace smmu_vp::tb
