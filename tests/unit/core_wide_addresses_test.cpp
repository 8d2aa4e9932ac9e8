// 52-bit addresses, of the 64 KB granule (5.4 T0SZ, IPS; D8.2, D8.3).
#include "tests/unit/core_nested.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

// 64 KB, 52 bits of input in both halves, IPS 52.
struct Wide : NestedWalks {
  Wide() : NestedWalks(52) {
    stage1.output_bits = 52;
    stage1.tables[0] = {.base = 0x10'0000, .granule = Granule::k64K, .input_bits = 52};
    stage1.tables[1] = {.base = 0x50'0000, .granule = Granule::k64K, .input_bits = 52};
  }
};

}  // namespace

TEST_CASE("a 52-bit input address walks three levels through TTB0") {
  Wide f;
  constexpr u64 kAddress = 0x8'0000'A006'1234;  // VA[51:42] 0x200, VA[41:29] 5, VA[28:16] 6
  f.memory.words = {{0x10'0000 + 8 * 0x200, 0x20'0000 | pte::kTable},  // the level 1 table has 1024 entries
                    {0x20'0000 + 8 * 5, 0x30'3000 | pte::kTable},      // a table at OA[51:48] = 3
                    {0x3'0000'0030'0000 + 8 * 6, 0x5'0000'F000 | kS1Page}};
  const WalkResult r = f.one_stage({.address = kAddress});
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.va == 0x8'0000'A006'0000);
  CHECK(r.translation.pa == 0xF'0005'0000'0000);
  CHECK(r.translation.log2_size == 16);
  CHECK(f.memory.reads == std::vector<u64>{0x10'1000, 0x20'0028, 0x3'0000'0030'0030});
}

TEST_CASE("a 52-bit input address with VA[55] set walks through TTB1") {
  Wide f;
  constexpr u64 kAddress = 0xFFF0'0000'0006'1234;
  f.memory.words = {{0x50'0000, 0x60'0000 | pte::kTable},
                    {0x60'0000, 0x70'0000 | pte::kTable},
                    {0x70'0030, 0x9'0000'0000 | kS1Page}};
  const WalkResult r = f.one_stage({.address = kAddress});
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.va == 0xFFF0'0000'0006'0000);
  CHECK(r.translation.pa == 0x9'0000'0000);
  CHECK(f.memory.reads == std::vector<u64>{0x50'0000, 0x60'0000, 0x70'0030});
}

TEST_CASE("an address beyond 52 bits of input is in no table") {
  Wide f;
  const auto canonical = [&](u64 va) { return canonical_address(f.stage1, spec::Access{.address = va}); };
  CHECK(canonical(0x000F'FFFF'FFFF'F000) == 0x000F'FFFF'FFFF'F000);
  CHECK_FALSE(canonical(0x0010'0000'0000'0000).has_value());
  CHECK(canonical(0xFFF0'0000'0000'0000) == 0xFFF0'0000'0000'0000);
  CHECK_FALSE(canonical(0xFFEF'FFFF'FFFF'F000).has_value());
}

TEST_CASE("descriptors whose bits 15 to 12 lead beyond an IPS of 48 bits are address size faults") {
  Wide f;
  f.stage1.output_bits = 48;
  f.memory.words = {{0x10'0000, 0x20'0000 | pte::kTable},
                    {0x20'0000, 0x30'0000 | pte::kTable},
                    {0x30'0000, 0x5'0000'1000 | kS1Page}};
  check_s1(f.one_stage({.address = 0x1234}), F_ADDR_SIZE);  // D8.3: OA[51:48] of a page
  f.memory.words[0x30'0000] = 0x5'0000'0000 | kS1Page;
  CHECK_FALSE(f.one_stage({.address = 0x1234}).fault.has_value());
  f.cache.invalidate({}, false);
  f.memory.words[0x20'0000] = 0x30'8000 | pte::kTable;  // of a table
  check_s1(f.one_stage({.address = 0x1234}), F_ADDR_SIZE);
  f.memory.words[0x20'0000] = 0x2000'4000 | kS1Block;  // of a block
  check_s1(f.one_stage({.address = 0x1234}), F_ADDR_SIZE);
  f.stage1.output_bits = 52;
  CHECK(f.one_stage({.address = 0x1234}).translation.pa == 0x4'0000'2000'0000);
}

TEST_CASE("the same bits of stage 2 lead beyond an S2PS of 48 bits") {
  NestedWalks f(52);
  f.stage2.granule = Granule::k64K;
  f.stage2.input_bits = 42;
  f.stage2.start_level = 2;
  f.memory.words = {{0x90'0000, 0x2000'4000 | kS2Block}};
  check_s2(f.alone({.address = 0x1234}), F_ADDR_SIZE, kIn, 0x1234);
  f.stage2.output_bits = 52;
  CHECK(f.alone({.address = 0x1234}).translation.pa == 0x4'0000'2000'0000);
}

}  // namespace smmu_vp::test
