// What covers an address range: TLBI commands and instructions by page or by range, ATC_INV by one aligned
// block. Pure arithmetic.
#pragma once

#include <bit>

#include "tlm/spec/types.h"

namespace smmu_vp::sw {

// One range TLBI covers (NUM + 1) << SCALE pages (4.4.1.1).
struct RangeTlbi {
  u64 address;
  u64 num, scale;
};

// Calls `emit(RangeTlbi)` until `pages` pages from `address` are covered. TTL is 0 throughout, so NUM and
// SCALE may not both be 0 as well (4.4.1.1): one page is invalidated as two.
template <typename Emit>
void for_each_range_tlbi(u64 address, u64 pages, unsigned page_shift, Emit emit) {
  constexpr u64 kMaxNum = 31;
  if ((pages & kMaxNum) == 1) ++pages;
  while (pages != 0) {
    const auto scale = static_cast<u64>(std::countr_zero(pages));
    const u64 count = pages >> scale & kMaxNum;
    emit(RangeTlbi{address, count - 1, scale});
    address += count << (scale + page_shift);
    pages -= count << scale;
  }
}

// One range TLBI instruction covers (NUM + 1) << (5 * SCALE + 1) pages, NUM and SCALE of 5 and 2 bits (Arm
// ARM, TLBI RVAE1IS), so that fewer than this many need one for each SCALE and one for an odd page.
inline constexpr u64 kBroadcastRangePages = u64{1} << 21;

// Calls `emit(page, count)` until `pages` pages are covered, largest first.
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

// The smallest aligned power-of-two block of 4 KB pages that holds [start, end) (4.5.1).
struct AtcBlock {
  u64 address;
  u64 size;  // log2 of its 4 KB pages
};
constexpr AtcBlock atc_block(u64 start, u64 end) {
  const u64 first = start >> 12, last = (end - 1) >> 12;
  const auto size = static_cast<u64>(std::bit_width(first ^ last));
  return {first >> size << (size + 12), size};
}

}  // namespace smmu_vp::sw
