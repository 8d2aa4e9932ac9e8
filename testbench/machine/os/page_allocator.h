// Allocates pages of RAM. The lowest address comes first, so that freed pages are soon reused and a stale
// translation soon hits another owner's data.
#pragma once

#include <map>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class PageAllocator {
 public:
  static constexpr u64 kPage = 4096;

  // [base, base + bytes) is free. Address 0 is never allocated: it means failure.
  PageAllocator(u64 base, u64 bytes);

  // Returns contiguous pages, aligned to `pages` rounded up to a power of two, or 0 if there are none.
  u64 allocate(u64 pages);
  // Does nothing and returns false unless all of them are allocated: a page table corrupted by stray DMA may
  // make the kernel free any address.
  bool release(u64 pa, u64 pages);

  u64 free_bytes() const { return free_bytes_; }

 private:
  u64 base_, end_;
  std::map<u64, u64> free_;  // start -> end
  u64 free_bytes_ = 0;
};

}  // namespace smmu_vp::tb
