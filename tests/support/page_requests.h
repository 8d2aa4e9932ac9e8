// PRI queue entries as software reads them, and the codes of their responses, typed from chapter 8 of the manual: a
// test must not share tables with what it checks. tests/spec compares them.
#pragma once

#include <array>
#include <optional>

#include "tests/support/bits.h"

namespace smmu_vp::test::ppr {

// Of the first word.
inline constexpr u64 kPriv = bit(58), kX = bit(59), kR = bit(60), kW = bit(61), kLast = bit(62),
                     kSsv = bit(63);

// `bits` are some of these; the page is that of `address`.
inline constexpr std::array<u64, 2> entry(u32 sid, std::optional<u32> ssid, u64 address, u64 prg_index,
                                          u64 bits) {
  return {bits | (ssid ? kSsv | u64{*ssid} << 32 : 0) | sid, (address & mask(63, 12)) | prg_index};
}
inline constexpr u64 prg_index(u64 word1) {
  return word1 & mask(8, 0);
}

}  // namespace smmu_vp::test::ppr

// Response codes of a PRG Response as the device receives it (8.3).
namespace smmu_vp::test::prg {
inline constexpr unsigned kSuccess = 0b0000, kInvalidRequest = 0b0001, kResponseFailure = 0b1111;
}
