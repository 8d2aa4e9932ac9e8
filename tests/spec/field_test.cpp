// What a Field does to words and records.
#include "tlm/spec/field.h"

#include <doctest/doctest.h>

#include <array>

namespace smmu_vp::spec {
namespace {

constexpr Field kWhole{63, 0};
constexpr Field kTop{63, 59};
constexpr Field kMiddle{119, 68};

TEST_CASE("a field reads its bits right-justified, or in place") {
  CHECK(kTop.get(u64{0xA800000000000001}) == 0x15);
  CHECK(kTop.in_place(u64{0xA800000000000001}) == 0xA800000000000000);
  CHECK(kWhole.get(u64{0x0123456789ABCDEF}) == 0x0123456789ABCDEF);
}

TEST_CASE("a field above bit 63 lives in the word its absolute number says") {
  std::array<u64, 3> record{~u64{0}, 0x1234567890ABCDE5, ~u64{0}};
  CHECK(kMiddle.get(record) == 0x34567890ABCDE);
  CHECK(kMiddle.in_place(record) == 0x0034567890ABCDE0);
}

TEST_CASE("setting a field leaves its neighbours alone and drops bits that do not fit") {
  std::array<u64, 2> record{~u64{0}, ~u64{0}};
  kMiddle.set(record, 0);
  CHECK(record[0] == ~u64{0});
  CHECK(record[1] == 0xFF0000000000000F);
  kMiddle.set(record, ~u64{0});
  CHECK(record[1] == ~u64{0});
  CHECK(kTop.set(0x0000000000000001, 0xFF) == 0xF800000000000001);
}

TEST_CASE("masks and limits follow the width") {
  CHECK(kWhole.mask() == ~u64{0});
  CHECK(kWhole.max() == ~u64{0});
  CHECK(kTop.mask() == 0xF800000000000000);
  CHECK(kTop.max() == 31);
  CHECK(kMiddle.mask() == 0x00FFFFFFFFFFFFF0);
  CHECK(kMiddle.width() == 52);
}

}  // namespace
}  // namespace smmu_vp::spec
