// A bit field of a register or in-memory record, named by the manual's absolute bit numbers.
#pragma once

#include <cassert>
#include <cstddef>
#include <span>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// Bits [hi:lo] counted over the whole record: bit 64 of an STE is bit 0 of its second 64-bit word.
// Absolute numbers are what the manual prints, so a shifted field cannot hide behind a right width.
struct Field {
  unsigned hi, lo;

  // consteval: a field that straddles a 64-bit word does not compile.
  consteval Field(unsigned high, unsigned low) : hi(high), lo(low) {
    if (high < low || high / 64 != low / 64) throw "a field lies within one 64-bit word";
  }

  constexpr unsigned width() const { return hi - lo + 1; }
  constexpr std::size_t word() const { return lo / 64; }
  constexpr unsigned shift() const { return lo % 64; }
  // The largest value that fits.
  constexpr u64 max() const { return ~u64{0} >> (64 - width()); }
  // The field's bits within its 64-bit word.
  constexpr u64 mask() const { return max() << shift(); }

  // Records of one word, and registers.
  constexpr u64 get(u64 w) const { return (in_place(w)) >> shift(); }
  [[nodiscard]] constexpr u64 set(u64 w, u64 value) const {
    assert(hi < 64);
    return (w & ~mask()) | ((value << shift()) & mask());
  }
  // The bits left where they are: an address field read this way is the address (S1ContextPtr, VA).
  constexpr u64 in_place(u64 w) const {
    assert(hi < 64);
    return w & mask();
  }

  // Records of several words.
  constexpr u64 get(std::span<const u64> record) const { return in_place(record) >> shift(); }
  constexpr void set(std::span<u64> record, u64 value) const {
    u64& w = record[word()];
    w = (w & ~mask()) | ((value << shift()) & mask());
  }
  constexpr u64 in_place(std::span<const u64> record) const { return record[word()] & mask(); }
};

// A field with its architectural name, for tables that documents, traces and wave filters read.
struct NamedField {
  const char* name;
  Field field;
};

}  // namespace smmu_vp::spec
