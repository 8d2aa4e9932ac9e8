// Cyclic redundancy checks: CRC-32 for files, CRC-32C for the accelerator's checksums.
#pragma once

#include <array>
#include <span>

#include "tlm/spec/types.h"

namespace smmu_vp::tb {

// A reflected 32-bit CRC with initial value and final XOR of all ones. Add the data in order; value() may be
// read at any time.
template <u32 kReflectedPolynomial>
class Crc {
 public:
  void add(std::span<const u8> bytes) {
    for (const u8 byte : bytes) state_ = kTable[(state_ ^ byte) & 0xff] ^ (state_ >> 8);
  }
  u32 value() const { return ~state_; }

 private:
  static constexpr std::array<u32, 256> kTable = [] {
    std::array<u32, 256> table{};
    for (u32 i = 0; i < 256; ++i) {
      u32 x = i;
      for (int bit = 0; bit < 8; ++bit) x = (x >> 1) ^ ((x & 1) != 0 ? kReflectedPolynomial : 0);
      table[i] = x;
    }
    return table;
  }();
  u32 state_ = ~u32{0};
};

using Crc32 = Crc<0xEDB8'8320>;
using Crc32c = Crc<0x82F6'3B78>;

}  // namespace smmu_vp::tb
