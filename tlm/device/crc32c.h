// CRC32C (Castagnoli): reflected polynomial 0x82F63B78, initial value and final inversion all ones.
#pragma once

#include <array>
#include <cstddef>

#include "tlm/spec/types.h"

namespace smmu_vp::device {

class Crc32c {
 public:
  // `before` is the checksum of the preceding bytes.
  explicit Crc32c(u32 before = 0) : state_(~before) {}
  void add(const u8* data, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) state_ = kTable[(state_ ^ data[i]) & 0xFF] ^ (state_ >> 8);
  }
  u32 value() const { return ~state_; }

 private:
  static constexpr std::array<u32, 256> kTable = [] {
    std::array<u32, 256> table{};
    for (u32 i = 0; i < 256; ++i) {
      u32 c = i;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? (c >> 1) ^ 0x82F6'3B78u : c >> 1;
      table[i] = c;
    }
    return table;
  }();
  u32 state_;
};

}  // namespace smmu_vp::device
