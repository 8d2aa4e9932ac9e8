// Splits an address range into range TLBI commands or instructions, or covers it with one ATC_INV block.
// Pure arithmetic.
#pragma once

#include <bit>

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

// One range TLBI covers (NUM + 1) << SCALE pages (4.4.1.1).
struct RangeTlbi {
  u64 address;
  u64 num, scale;
};

struct PageRange {
  u64 address, pages;
  unsigned page_shift;
};

// Calls `emit(RangeTlbi)` until the range is covered. TTL is always 0, so NUM and SCALE
// must not both be 0 (4.4.1.1): a single page is invalidated as two.
template <typename Emit>
void for_each_range_tlbi(PageRange range, Emit emit) {
  constexpr u64 kMaxNum = 31;
  if ((range.pages & kMaxNum) == 1) ++range.pages;
  while (range.pages != 0) {
    const auto scale = static_cast<u64>(std::countr_zero(range.pages));
    const u64 count = range.pages >> scale & kMaxNum;
    emit(RangeTlbi{range.address, count - 1, scale});
    range.address += count << (scale + range.page_shift);
    range.pages -= count << scale;
  }
}

// One range TLBI instruction covers (NUM + 1) << (5 * SCALE + 1) pages; NUM has 5 bits and SCALE 2 (Arm ARM,
// TLBI RVAE1IS). So fewer pages than this need one instruction for each SCALE and one for an odd page.
inline constexpr u64 kBroadcastRangePages = u64{1} << 21;

// Calls `emit(page, count)` until `pages` pages are covered, the largest count first.
template <typename Emit>
void for_each_broadcast(u64 pages, Emit emit) {
  constexpr u64 kMaxNum = 31;
  u64 page = 0;
  for (int shift = 16; shift > 0; shift -= 5) {
    const u64 count = pages & kMaxNum << shift;
    if (count != 0) emit(page, count);
    page += count;
  }
  if ((pages & 1) != 0) emit(page, 1);
}

// The smallest aligned power-of-two block of 4 KB pages that contains [start, end) (4.5.1).
struct AtcBlock {
  u64 address;
  u64 size;  // log2 of the number of 4 KB pages
};
constexpr AtcBlock atc_block(u64 start, u64 end) {
  const u64 first = start >> 12, last = (end - 1) >> 12;
  const auto size = static_cast<u64>(std::bit_width(first ^ last));
  return {first >> size << (size + 12), size};
}

}  // namespace smmu_vp::sw
