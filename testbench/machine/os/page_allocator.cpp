// First fit over free extents, which are merged when neighbours are freed.
#include "testbench/machine/os/page_allocator.h"

#include <bit>
#include <iterator>

namespace smmu_vp::tb {

PageAllocator::PageAllocator(u64 base, u64 bytes) : base_(base == 0 ? kPage : base), end_(base + bytes) {
  free_.emplace(base_, end_);
  free_bytes_ = end_ - base_;
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

bool PageAllocator::release(u64 pa, u64 pages) {
  u64 start = pa, end = pa + pages * kPage;
  if (start < base_ || end > end_ || end <= start) return false;
  auto next = free_.lower_bound(pa);
  if (next != free_.end() && next->first < end) return false;
  if (next != free_.begin() && std::prev(next)->second > start) return false;
  free_bytes_ += end - start;
  if (next != free_.end() && next->first == end) {
    end = next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto previous = std::prev(next);
    if (previous->second == start) {
      previous->second = end;
      return true;
    }
  }
  free_.emplace(start, end);
  return true;
}

}  // namespace smmu_vp::tb
