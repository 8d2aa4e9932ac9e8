// The bytes of a configuration space: reset values, writable bits, and bits that
// software clears by writing 1.
#pragma once

#include <array>

#include "tlm/spec/pcie.h"

namespace smmu_vp::pcie {

struct LinkConfig;

// A register, or an access by software: where it is and how wide.
struct ConfigPlace {
  unsigned offset, bytes;

  constexpr bool touches(const ConfigPlace& other) const {
    return offset < other.offset + other.bytes && offset + bytes > other.offset;
  }
};

class ConfigBytes {
 protected:
  static constexpr unsigned kBytes = spec::pcie::kConfigBytes;

  struct Bits {
    u32 value = 0;  // at reset
    u32 writable = 0, write_one_clears = 0;
  };
  void define(const ConfigPlace& at, const Bits& bits) {
    for (unsigned i = 0; i < at.bytes; ++i) {
      reset_[at.offset + i] = static_cast<u8>(bits.value >> (8 * i));
      writable_[at.offset + i] = static_cast<u8>(bits.writable >> (8 * i));
      write_one_clears_[at.offset + i] = static_cast<u8>(bits.write_one_clears >> (8 * i));
    }
  }
  // The bits of a link's registers that only this kind of end has.
  struct LinkEnd {
    u32 capabilities = 0, control = 0, status = 0, status_clears = 0;
  };
  // The link registers of the PCI Express capability at `express` (7.5.3.6 to 7.5.3.8, 7.5.3.18, 7.5.3.19).
  void define_link(unsigned express, const LinkConfig& link, const LinkEnd& end);
  void to_reset_values() { value_ = reset_; }
  // Sets bits permanently, also across resets.
  void fix(const ConfigPlace& at, u32 bits) {
    for (unsigned i = 0; i < at.bytes; ++i) {
      reset_[at.offset + i] |= static_cast<u8>(bits >> (8 * i));
      value_[at.offset + i] |= static_cast<u8>(bits >> (8 * i));
    }
  }
  u32 peek(const ConfigPlace& at) const {
    u32 value = 0;
    for (unsigned i = 0; i < at.bytes && at.offset + i < kBytes; ++i)
      value |= u32{value_[at.offset + i]} << (8 * i);
    return value;
  }
  void poke(const ConfigPlace& at, u32 value) {
    for (unsigned i = 0; i < at.bytes; ++i) value_[at.offset + i] = static_cast<u8>(value >> (8 * i));
  }
  // A write by software; `writable_now(offset)` says whether the byte is currently writable.
  template <typename WritableNow>
  void store(const ConfigPlace& place, u32 value, WritableNow writable_now) {
    for (unsigned i = 0; i < place.bytes && place.offset + i < kBytes; ++i) {
      const unsigned at = place.offset + i;
      const auto wanted = static_cast<u8>(value >> (8 * i));
      const u8 writable = writable_now(at) ? writable_[at] : u8{0};
      value_[at] = static_cast<u8>((value_[at] & ~writable) | (wanted & writable));
      value_[at] = static_cast<u8>(value_[at] & ~(wanted & write_one_clears_[at]));
    }
  }

 private:
  std::array<u8, kBytes> reset_{}, value_{}, writable_{}, write_one_clears_{};
};

// The mask of a field or the value of a register, as a 32-bit configuration register.
constexpr u32 config_bits(u64 value) {
  return static_cast<u32>(value);
}
constexpr u32 config_mask(spec::Field field) {
  return config_bits(field.mask());
}
constexpr u32 extended_header(u16 id, unsigned next) {
  namespace cap = spec::pcie::extcap;
  return config_bits(cap::Next.set(cap::Version.set(cap::Id.set(0, id), 1), next));
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
