// Sizes are rounded up to powers of two, and so are alignments.
#include "sw_driver/dma/iova.h"

#include <algorithm>
#include <bit>

namespace smmu_vp::sw {

unsigned IovaAllocator::order_of(u64 bytes) const {
  return static_cast<unsigned>(std::bit_width((bytes - 1) >> page_shift_));
}

std::optional<u64> IovaAllocator::allocate(u64 bytes) {
  const unsigned order = order_of(bytes);
  if (order < kCachedOrders && !freed_[order].empty()) {
    const u64 iova = freed_[order].back();
    freed_[order].pop_back();
    return iova;
  }
  const u64 size = u64{1} << (page_shift_ + order);
  u64 end = kEnd;
  for (auto above = taken_.rbegin();; ++above) {
    // The gap below `end` begins where the next range ends. The first page is never given out: 0 is no address.
    const u64 begin = above == taken_.rend() ? u64{1} << page_shift_ : above->first + above->second;
    const u64 start = end >= size ? (end - size) & ~(size - 1) : 0;
    if (start >= begin && start + size <= end) {
      taken_[start] = size;
      return start;
    }
    if (above == taken_.rend()) return std::nullopt;
    end = above->first;
  }
}

void IovaAllocator::free(u64 iova) {
  const auto range = taken_.find(iova);
  const unsigned order = order_of(range->second);
  if (order < kCachedOrders && freed_[order].size() < kKept)
    freed_[order].push_back(iova);
  else
    taken_.erase(range);
}

}  // namespace smmu_vp::sw
