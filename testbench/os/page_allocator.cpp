// First fit over free extents, which merge again when their neighbours are freed.
#include "testbench/os/page_allocator.h"

#include <bit>
#include <cassert>
#include <iterator>

namespace smmu_vp::tb {

PageAllocator::PageAllocator(u64 base, u64 bytes) {
  const u64 first = base == 0 ? kPage : base;
  free_.emplace(first, base + bytes);
  free_bytes_ = base + bytes - first;
}

u64 PageAllocator::allocate(u64 pages) {
  const u64 bytes = pages * kPage, align = std::bit_ceil(pages) * kPage;
  for (auto it = free_.begin(); it != free_.end(); ++it) {
    const auto [start, end] = *it;
    const u64 pa = (start + align - 1) & ~(align - 1);
    if (pa < start || pa + bytes > end) continue;
    free_.erase(it);
    if (start < pa) free_.emplace(start, pa);
    if (pa + bytes < end) free_.emplace(pa + bytes, end);
    free_bytes_ -= bytes;
    return pa;
  }
  return 0;
}

void PageAllocator::release(u64 pa, u64 pages) {
  u64 start = pa, end = pa + pages * kPage;
  free_bytes_ += end - start;
  auto next = free_.lower_bound(pa);
  assert(next == free_.end() || next->first >= end);
  if (next != free_.end() && next->first == end) {
    end = next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    assert(previous->second <= start);
    if (previous->second == start) {
      previous->second = end;
      return;
    }
  }
  free_.emplace(start, end);
}

}  // namespace smmu_vp::tb
