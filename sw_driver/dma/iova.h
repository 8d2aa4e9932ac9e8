// Allocates the I/O virtual addresses of one domain, as the kernel does: from the top of the 32-bit space downwards,
// aligned to their size; small ranges that were freed are used again first.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

class IovaAllocator {
 public:
  explicit IovaAllocator(unsigned page_shift) : page_shift_(page_shift) {}

  // Nothing when the space is exhausted.
  std::optional<u64> allocate(u64 bytes);
  void free(u64 iova);

 private:
  static constexpr u64 kEnd = u64{1} << 32;
  static constexpr unsigned kCachedOrders = 6;  // ranges of up to 32 pages
  static constexpr std::size_t kKept = 128;     // of each order

  unsigned order_of(u64 bytes) const;

  unsigned page_shift_;
  std::map<u64, u64> taken_;                           // start -> bytes
  std::array<std::vector<u64>, kCachedOrders> freed_;  // still in taken_, last freed last
};

}  // namespace smmu_vp::sw
