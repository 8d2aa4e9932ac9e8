// A bit field of a register or in-memory record, named by the manual's absolute bit numbers.
#pragma once

#include <cassert>
#include <cstddef>
#include <span>

#include "tlm/spec/types.h"

namespace smmu_vp::spec {

// Bits [hi:lo] counted over the whole record: bit 64 of an STE is bit 0 of its second 64-bit word. The manual
// prints these absolute numbers, so a wrong position is noticed even if the width is right.
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
  // The bits at their position: an address field read this way is the address (S1ContextPtr, VA).
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

// What a field holds, where that decides more than a number would: how it is shown, what a record is compared by,
// what a fault puts into it.
enum class FieldKind : u8 {
  kNumber,
  kStreamId,
  kSsv,  // SubstreamID is valid
  kSubstreamId,
  kAsid,
  kVmid,
  kAddress,  // its bits are the address's bits
  kVa,       // an address; the command determines VA or IPA
  kIpa,
  kInputAddress,  // of an event: the address the transaction came with
  kInputPage,     // the same, in an event that merging compares by page
  kFetchAddress,  // of an event: of the structure or descriptor whose fetch aborted
  kMsiAddress,    // of CMD_SYNC
  kStag,          // of an event, as those below: 7.3 defines them
  kStall,         // the transaction is stalled
  kPnU,
  kInD,
  kRnW,
  kS2,
  kClass,
  kTTRnW,
  kSsec,      // must be zero on a Non-secure queue (4.1.6)
  kGranule,   // TG of a range invalidation (4.4.1.1)
  kResponse,  // Resp of CMD_PRI_RESP (4.5.2)
};

constexpr bool is_address(FieldKind kind) {
  switch (kind) {
    case FieldKind::kAddress:
    case FieldKind::kVa:
    case FieldKind::kIpa:
    case FieldKind::kInputAddress:
    case FieldKind::kInputPage:
    case FieldKind::kFetchAddress:
    case FieldKind::kMsiAddress:
      return true;
    default:
      return false;
  }
}

// A field with its architectural name, for tables used by documents, traces and wave filters.
struct NamedField {
  const char* name;
  Field field;
  FieldKind kind = FieldKind::kNumber;
};

// The first field of that kind; null if there is none.
constexpr const NamedField* find_field(std::span<const NamedField> fields, FieldKind kind) {
  for (const NamedField& f : fields) {
    if (f.kind == kind) return &f;
  }
  return nullptr;
}

}  // namespace smmu_vp::spec
