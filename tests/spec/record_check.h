// Compares a table of named fields with masks typed from the manual, one 64-bit word at a time.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// One field as the manual has it: where its bits are in the record.
struct ManualField {
  std::string_view name;
  std::size_t word;
  u64 mask;
};

// The same fields in the same order, with the same bits: setting a field to all ones
// sets its mask and nothing else.
template <std::size_t kWords>
void check_fields(std::span<const NamedField> declared, std::span<const ManualField> manual) {
  REQUIRE(declared.size() == manual.size());
  for (std::size_t i = 0; i < manual.size(); ++i) {
    const ManualField& expected = manual[i];
    CAPTURE(expected.name);
    CHECK(declared[i].name == expected.name);
    std::array<u64, kWords> record{};
    declared[i].field.set(record, ~u64{0});
    for (std::size_t word = 0; word < kWords; ++word) {
      CHECK(record[word] == (word == expected.word ? expected.mask : 0));
    }
  }
}

// The mask of the named field; the test fails if there is none.
inline u64 mask_of(std::span<const ManualField> manual, std::string_view name) {
  for (const ManualField& f : manual)
    if (f.name == name) return f.mask;
  return 0;
}

using NamedValues = std::vector<std::pair<std::string_view, u64>>;

// Writes values into a record through a table of named fields; an unknown name is a failure.
template <std::size_t kWords>
std::array<u64, kWords> encode(std::span<const NamedField> fields, const NamedValues& values) {
  std::array<u64, kWords> record{};
  for (const auto& [name, value] : values) {
    bool found = false;
    for (const NamedField& f : fields) {
      if (f.name != name) continue;
      f.field.set(record, value);
      CHECK_MESSAGE(f.field.get(record) == value, name);
      found = true;
    }
    CHECK_MESSAGE(found, name);
  }
  return record;
}

}  // namespace smmu_vp::spec
