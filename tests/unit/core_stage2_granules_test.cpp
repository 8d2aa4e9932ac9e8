// Stage 2 with the 16 KB and 64 KB granules: starts, pages, blocks, groups, 52-bit outputs (D8.2, D8.3,
// D8.7).
#include "tests/unit/core_nested.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

struct Fixture : NestedWalks {
  Fixture(Granule granule, u64 sl0, u8 input_bits, unsigned oas_bits = 48) : NestedWalks(oas_bits) {
    stage2.granule = granule;
    stage2.input_bits = input_bits;
    const std::optional<int> start =
        stage2_start_level(granule, sl0, input_bits, SmmuFeatures{.oas_bits = oas_bits});
    REQUIRE(start.has_value());
    stage2.start_level = *start;
    stage2.output_bits = static_cast<u8>(oas_bits);
  }
};

void check_leaf(const WalkResult& r, u64 va, u64 pa, unsigned log2_size) {
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.va == va);
  CHECK(r.translation.pa == pa);
  CHECK(r.translation.log2_size == log2_size);
  CHECK(r.translation.leaf_log2_size == log2_size);
}

}  // namespace

TEST_CASE("stage 2 with 16 KB finds a page and a 32 MB block by a walk that starts at level 2") {
  Fixture f(Granule::k16K, 1, 36);
  f.memory.words = {{0x90'0000 + 8 * 3, 0x20'0000 | pte::kTable},  // IPA[35:25]
                    {0x20'0000 + 8 * 5, 0x5'0001'4000 | kS2Page},  // IPA[24:14]
                    {0x90'0000 + 8 * 4, 0x6'0200'0000 | kS2Block}};
  check_leaf(f.alone({.address = 0x601'6ABC}), 0x601'4000, 0x5'0001'4000, 14);
  CHECK(f.memory.reads == std::vector<u64>{0x90'0018, 0x20'0028});
  check_leaf(f.alone({.address = 0x9FF'FFF8}), 0x800'0000, 0x6'0200'0000, 25);
  check_s2(f.alone({.address = 0xA00'0000}), F_TRANSLATION, kIn, 0xA00'0000);
}

TEST_CASE("stage 2 with 16 KB starts 48 bits at level 1 with two concatenated tables") {
  Fixture f(Granule::k16K, 2, 48);          // T0SZ 16: D8.2.2 R_DXBSH, table D8-31
  constexpr u64 kUpper = 0x9000'0601'4000;  // IPA[47:36] 0x900
  f.memory.words = {{0x90'0000 + 8 * 0x900, 0x20'0000 | pte::kTable},
                    {0x20'0000 + 8 * 3, 0x30'0000 | pte::kTable},
                    {0x30'0000 + 8 * 5, 0x7'0000'8000 | kS2Page},
                    {0x90'0008, kS2Block}};
  check_leaf(f.alone({.address = kUpper | 0x10}), kUpper, 0x7'0000'8000, 14);
  CHECK(f.memory.reads == std::vector<u64>{0x90'4800, 0x20'0018, 0x30'0028});  // in the second table
  // Level 1 has no blocks without DS (D8.3).
  check_s2(f.alone({.address = 0x10'0000'0000}), F_TRANSLATION, kIn, 0x10'0000'0000);
}

TEST_CASE("stage 2 with 64 KB finds a page and a 512 MB block by a walk that starts at level 2") {
  Fixture f(Granule::k64K, 1, 42);
  f.memory.words = {{0x90'0000 + 8 * 0x1005, 0x20'0000 | pte::kTable},  // IPA[41:29]
                    {0x20'0000 + 8 * 6, 0x7'0001'0000 | kS2Page},
                    {0x90'0000 + 8 * 7, 0x8'2000'0000 | kS2Block}};
  check_leaf(f.alone({.address = 0x200'A006'1234}), 0x200'A006'0000, 0x7'0001'0000, 16);
  CHECK(f.memory.reads == std::vector<u64>{0x90'8028, 0x20'0030});
  check_leaf(f.alone({.address = 0xE123'4567}), 0xE000'0000, 0x8'2000'0000, 29);
}

TEST_CASE("stage 2 with 64 KB starts 46 bits at level 2 with sixteen concatenated tables") {
  Fixture f(Granule::k64K, 1, 46);  // T0SZ 18: table D8-40
  f.stage2.base = 0x200'0000;       // 1 MB of tables, aligned to that
  f.memory.words = {{0x200'0000 + 8 * 0x1'FFFF, 0x8'2000'0000 | kS2Block}};
  check_leaf(f.alone({.address = 0x3FFF'E000'0040}), 0x3FFF'E000'0000, 0x8'2000'0000, 29);
}

TEST_CASE("stage 2 with 64 KB has 52 bits of input and output") {
  Fixture f(Granule::k64K, 2, 52, 52);  // T0SZ 12: table D8-39
  f.memory.words = {
      {0x90'0000 + 8 * 0x200, 0x20'3000 | pte::kTable},  // IPA[51:42]; OA[51:48] = 3 in bits 15:12
      {0x3'0000'0020'0000 + 8 * 5, 0x30'0000 | pte::kTable},
      {0x30'0000 + 8 * 6, 0x5'0000'F000 | kS2Page},
      {0x3'0000'0020'0000 + 8 * 6, 0x4000'9000 | kS2Block},
      {0x90'0000 + 8 * 0x201, u64{3} << 42 | 0x7000 | kS2Block}};
  check_leaf(f.alone({.address = 0x8'0000'A006'1234}), 0x8'0000'A006'0000, 0xF'0005'0000'0000, 16);
  check_leaf(f.alone({.address = 0x8'0000'C123'4567}), 0x8'0000'C000'0000, 0x9'0000'4000'0000, 29);
  check_leaf(f.alone({.address = 0x8'07FF'FFFF'F000}), 0x8'0400'0000'0000, 0x7'0C00'0000'0000, 42);
}

TEST_CASE("groups of contiguous entries have the sizes of their granule at stage 2 too") {
  // Table D8-104.
  Fixture f(Granule::k16K, 1, 36);
  f.memory.words = {{0x90'0000, 0x20'0000 | pte::kTable},
                    {0x20'0000 + 8 * 0x85, 0x40'0000 | 5u << 14 | kS2Page | pte::kContiguous},
                    {0x90'0000 + 8 * 0x21, 0x1'4200'0000 | kS2Block | pte::kContiguous}};
  check_leaf(f.alone({.address = 0x21'5000}), 0x20'0000, 0x40'0000, 21);
  check_leaf(f.alone({.address = 0x4234'5678}), 0x4000'0000, 0x1'4000'0000, 30);
  Fixture g(Granule::k64K, 1, 42);
  g.memory.words = {{0x90'0000, 0x20'0000 | pte::kTable},
                    {0x20'0000 + 8 * 0x25, 0x40'0000 | 5u << 16 | kS2Page | pte::kContiguous},
                    {0x90'0000 + 8 * 0x21, 0x4'2000'0000 | kS2Block | pte::kContiguous}};
  check_leaf(g.alone({.address = 0x25'1234}), 0x20'0000, 0x40'0000, 21);
  check_leaf(g.alone({.address = 0x4'2000'0000}), 0x4'0000'0000, 0x4'0000'0000, 34);
}

}  // namespace smmu_vp::test
