// Bits of a word by the manual's numbers, for the words that tests write.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::test {

inline constexpr u64 bit(unsigned n) {
  return u64{1} << n;
}
// Bits [hi:lo], all set.
inline constexpr u64 mask(unsigned hi, unsigned lo) {
  return (~u64{0} >> (63 - hi)) & (~u64{0} << lo);
}
// A field of several bits in the word it is declared for: `config(0b101)`.
struct Bits {
  unsigned lo;
  constexpr u64 operator()(u64 value) const { return value << lo; }
};
// The same in a register of 32 bits.
struct Bits32 {
  unsigned lo;
  constexpr u32 operator()(u32 value) const { return value << lo; }
};

}  // namespace smmu_vp::test
