// The bytes of a configuration space: values at reset, the bits software may write, and those it clears by
// writing one.
#pragma once

#include <array>

#include "tlm/spec/pcie.h"

namespace smmu_vp::pcie {

class ConfigBytes {
 protected:
  static constexpr unsigned kBytes = spec::pcie::kConfigBytes;

  void define(unsigned offset, unsigned bytes, u32 value, u32 writable = 0, u32 write_one_clears = 0) {
    for (unsigned i = 0; i < bytes; ++i) {
      reset_[offset + i] = static_cast<u8>(value >> (8 * i));
      writable_[offset + i] = static_cast<u8>(writable >> (8 * i));
      write_one_clears_[offset + i] = static_cast<u8>(write_one_clears >> (8 * i));
    }
  }
  void to_reset_values() { value_ = reset_; }
  // Bits that the surroundings set for good.
  void fix(unsigned offset, u8 bits) {
    reset_[offset] |= bits;
    value_[offset] |= bits;
  }
  u32 peek(unsigned offset, unsigned bytes) const {
    u32 value = 0;
    for (unsigned i = 0; i < bytes && offset + i < kBytes; ++i) value |= u32{value_[offset + i]} << (8 * i);
    return value;
  }
  void poke(unsigned offset, unsigned bytes, u32 value) {
    for (unsigned i = 0; i < bytes; ++i) value_[offset + i] = static_cast<u8>(value >> (8 * i));
  }
  // A write by software; `writable_now(offset)` says whether the byte takes writes at present.
  template <typename WritableNow>
  void store(unsigned offset, unsigned bytes, u32 value, WritableNow writable_now) {
    for (unsigned i = 0; i < bytes && offset + i < kBytes; ++i) {
      const unsigned at = offset + i;
      const auto wanted = static_cast<u8>(value >> (8 * i));
      const u8 writable = writable_now(at) ? writable_[at] : u8{0};
      value_[at] = static_cast<u8>((value_[at] & ~writable) | (wanted & writable));
      value_[at] = static_cast<u8>(value_[at] & ~(wanted & write_one_clears_[at]));
    }
  }

 private:
  std::array<u8, kBytes> reset_{}, value_{}, writable_{}, write_one_clears_{};
};

// A field's mask and a register's value, as wide as a configuration register.
constexpr u32 config_bits(u64 value) {
  return static_cast<u32>(value);
}
constexpr u32 config_mask(spec::Field field) {
  return config_bits(field.mask());
}
constexpr u32 capability_header(u8 id, unsigned next) {
  namespace cap = spec::pcie::cap;
  return config_bits(cap::Next.set(cap::Id.set(0, id), next));
}
// The encoding of Max_Payload_Size and Max_Read_Request_Size (7.5.3.4): 128 bytes << code.
constexpr u64 size_code(unsigned bytes) {
  u64 code = 0;
  while ((128u << code) < bytes) ++code;
  return code;
}

}  // namespace smmu_vp::pcie
