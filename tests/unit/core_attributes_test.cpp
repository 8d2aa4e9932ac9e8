// Memory types: stages combined, overrides, consistency (13.1, D8.6.5 to D8.6.7).
#include <doctest/doctest.h>

#include "tlm/core/attributes.h"

namespace smmu_vp::test {

using namespace core;

namespace {

// As MAIR encodes them, the same for outer and inner. `Reads`: allocates for reads alone.
constexpr u8 kWb = 0xFF, kWbReads = 0xEE, kWbTransient = 0x77, kWbUnallocated = 0xCC, kWt = 0xBB,
             kWtReads = 0xAA, kNc = 0x44, kNgnrne = 0x00, kNgnre = 0x04, kNgre = 0x08, kGre = 0x0C;
constexpr u8 kNcOutsideWbInside = 0x4F;

u8 type(u8 stage1, u8 mem_attr, bool fwb = false) {
  return combined({stage1, 3}, {mem_attr, 3, fwb}).attributes;
}

}  // namespace

TEST_CASE("the stronger type of two stages wins, separately for inner and outer") {
  CHECK(type(kWb, 0b1111) == kWb);
  CHECK(type(kWt, 0b1111) == kWt);
  CHECK(type(kWb, 0b1010) == kWt);
  CHECK(type(kWb, 0b0101) == kNc);
  CHECK(type(kNc, 0b1111) == kNc);
  CHECK(type(kWb, 0b0111) == kNcOutsideWbInside);
  CHECK(type(kWb, 0b0001) == kNgnre);
  CHECK(type(kNgnre, 0b1111) == kNgnre);
  CHECK(type(kGre, 0b0001) == kNgnre);
  CHECK(type(kNgnre, 0b0000) == kNgnrne);
  CHECK(type(kWb, 0b0100) == kNgnrne);        // Reserved
  CHECK(type(kWbReads, 0b1111) == kWbReads);  // stage 2 has no hints: stage 1's are kept
  CHECK(type(kWbReads, 0b1010) == kWtReads);
}

TEST_CASE("with FWB stage 2 replaces, keeps or forbids cacheability") {
  CHECK(type(kNc, 0b0110, true) == kWb);
  CHECK(type(kNgnre, 0b0110, true) == kWb);
  CHECK(type(kWbReads, 0b0110, true) == kWbReads);
  CHECK(type(kWt, 0b0111, true) == kWt);
  CHECK(type(kNgnre, 0b0111, true) == kNgnre);
  CHECK(type(kWb, 0b0101, true) == kNc);
  CHECK(type(kNgnre, 0b0101, true) == kNgnre);
  CHECK(type(kWb, 0b0001, true) == kNgnre);
  CHECK(type(kWb, 0b1010, true) == kNgre);  // MemAttr[3] is RES0: and is ignored
}

TEST_CASE("shareability combines as outer over inner over none, and is outer for all non-cacheable types") {
  const auto share = [](u8 a, u8 b, u8 t = kWb) { return combined({t, a}, {0xF, b}).shareability; };
  CHECK(share(0b10, 0b00) == 0b10);
  CHECK(share(0b11, 0b10) == 0b10);
  CHECK(share(0b11, 0b11) == 0b11);
  CHECK(share(0b00, 0b11) == 0b11);
  CHECK(share(0b00, 0b00) == 0b00);
  CHECK(share(0b00, 0b00, kNc) == 0b10);
  CHECK(share(0b11, 0b11, kNgnre) == 0b10);
}

TEST_CASE("overrides replace incoming type, hints and shareability where these apply") {
  const MemoryType in{kNc, 2};
  CHECK(overridden(in, {}) == in);
  CHECK(overridden(in, {.type = true, .mem_attr = 0xF}) == MemoryType{kWb, 2});  // hints by default
  CHECK(overridden({kWbReads, 0}, {.type = true, .mem_attr = 0xA}) == MemoryType{kWtReads, 0});
  CHECK(overridden({kWb, 0}, {.type = true, .mem_attr = 0x1, .shcfg = 0}) == MemoryType{kNgnre, 2});
  CHECK(overridden({kWb, 0}, {.shcfg = 3}) == MemoryType{kWb, 3});
  CHECK(overridden({kNc, 2}, {.shcfg = 0}) == MemoryType{kNc, 2});
  CHECK(overridden({kWb, 0}, {.alloccfg = 0b1100}) == MemoryType{kWbReads, 0});      // read-allocate alone
  CHECK(overridden({kWb, 0}, {.alloccfg = 0b1111}) == MemoryType{kWbTransient, 0});  // transient
  CHECK(overridden({kWb, 0}, {.alloccfg = 0b1001}) ==
        MemoryType{kWbUnallocated, 0});  // transient without allocation
  CHECK(overridden({kWb, 0}, {.alloccfg = 0b0001}) == MemoryType{kWb, 0});
  CHECK(overridden({kNc, 2}, {.alloccfg = 0b1000}) == MemoryType{kNc, 2});
}

TEST_CASE("stage 1 combines with the allocation hints of an incoming cacheable type") {
  CHECK(with_hints_of({kWb, 3}, {kWbReads, 0}) == MemoryType{kWbReads, 3});
  CHECK(with_hints_of({kWb, 3}, {kWtReads, 0}) == MemoryType{kWbReads, 3});  // the type itself is stage 1's
  CHECK(with_hints_of({kWb, 3}, {kNc, 2}) == MemoryType{kWb, 3});
  CHECK(with_hints_of({kWb, 3}, {kWbTransient, 0}) == MemoryType{kWbTransient, 3});
  CHECK(with_hints_of({kNgnre, 3}, {kWb, 0}) == MemoryType{kNgnre, 2});
}

TEST_CASE("Reserved encodings of MAIR are the Device and Write-Through types that 5.4 gives for them") {
  for (unsigned index = 0; index < 8; ++index) {
    for (unsigned attr = 0; attr < 256; ++attr) {
      const unsigned high = attr >> 4, low = attr & 0xF;
      // Device: bits other than the type's two are ignored. Normal with a zero lower half: inner
      // Write-Through, transient, allocating for reads and writes (5.4 MAIR0).
      const unsigned expected = high == 0 ? low & 0xC : low == 0 ? attr + 3 : attr;
      CHECK(mair_attributes(u64{attr} << 8 * index, index) == expected);
    }
  }
  CHECK(mair_attributes(0x01, 0) == 0x00);
  CHECK(mair_attributes(0x05, 0) == 0x04);
  CHECK(mair_attributes(0x0B, 0) == 0x08);
  CHECK(mair_attributes(0x0D, 0) == 0x0C);
  CHECK(mair_attributes(0xF0, 0) == 0xF3);
  CHECK(mair_attributes(0x40, 0) == 0x43);
  CHECK(mair_attributes(0xFF44'0CBB'0400'77EE, 6) == 0x44);
}

}  // namespace smmu_vp::test
