// Output sizes: an address beyond IPS or S2PS is F_ADDR_SIZE, whatever the size of the leaf that contains it.
#include "tests/unit/core_nested.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

constexpr u64 k4Gb = u64{1} << 32;

// Sixteen 1 GB blocks onto themselves, one contiguous group of 16 GB.
void map_16gb(WordMemory& memory, u64 table, u64 block) {
  for (u64 i = 0; i < 16; ++i) memory.words[table + 8 * i] = i << 30 | block | pte::kContiguous;
}

// One entry within 32 bits, of a leaf that is at least as large.
void check_below_4gb(const WalkResult& r, u64 va) {
  REQUIRE_FALSE(r.fault.has_value());
  const Translation& t = r.translation;
  CHECK(t.log2_size <= 32);
  CHECK(t.leaf_log2_size >= t.log2_size);
  CHECK(t.va <= va);
  CHECK(t.va + (u64{1} << t.log2_size) <= k4Gb);
  CHECK(t.va + (u64{1} << t.log2_size) > va);
  CHECK(t.pa == t.va);
}

// 64 KB granule, 48 bits: an identity-mapped level 1 block of 4 TB, possible only
// with 52-bit addresses (D8.3.1).
struct FourTerabytes : NestedWalks {
  FourTerabytes() : NestedWalks(52) {
    stage1.tables[0] = {.base = 0x10'0000, .granule = Granule::k64K, .input_bits = 48};
    memory.words[0x10'0000] = kS1Block;
    stage2.granule = Granule::k64K;
    stage2.input_bits = 48;
    memory.words[0x90'0000] = kS2Block;
  }
};

}  // namespace

TEST_CASE("contiguous 1 GB blocks translate below an IPS of 32 bits and fault above it, cached or not") {
  NestedWalks f;
  f.stage1.tables[0].input_bits = 39;
  f.stage1.output_bits = 32;
  map_16gb(f.memory, 0x10'0000, kS1Block);
  check_s1(f.one_stage({.address = 0x1'2345'6000}), F_ADDR_SIZE);  // D8.7.1.2 R_XFDVL
  check_below_4gb(f.one_stage({.address = 0xC567'8000}), 0xC567'8000);
  check_s1(f.one_stage({.address = 0x1'2345'6000}), F_ADDR_SIZE);
  check_s1(f.one_stage({.address = 0x3'C000'0000, .intent = {.write = true}}), F_ADDR_SIZE);
  f.stage1.output_bits = 36;
  const Translation all = f.one_stage({.address = 0x1'2345'6000}).translation;
  CHECK(all.va == 0);
  CHECK(all.log2_size == 34);  // the group's size where it fits
}

TEST_CASE("contiguous 1 GB blocks of stage 2 translate below an S2PS of 32 bits and fault above it") {
  NestedWalks f;
  f.stage2.input_bits = 36;
  f.stage2.output_bits = 32;
  map_16gb(f.memory, 0x90'0000, kS2Block);
  check_s2(f.alone({.address = 0x1'2345'6000}), F_ADDR_SIZE, kIn, 0x1'2345'6000);
  check_below_4gb(f.alone({.address = 0xC567'8000}), 0xC567'8000);
  const std::size_t reads = f.memory.reads.size();
  check_below_4gb(f.alone({.address = 0xC567'9000}), 0xC567'9000);
  CHECK(f.memory.reads.size() == reads);  // from the walk cache
  check_s2(f.alone({.address = 0x1'2345'6000}), F_ADDR_SIZE, kIn, 0x1'2345'6000);
}

TEST_CASE("a block larger than IPS translates addresses within IPS and faults beyond it") {
  FourTerabytes f;
  f.stage1.output_bits = 32;
  check_s1(f.one_stage({.address = 0x1'0000'0000}), F_ADDR_SIZE);
  const WalkResult r = f.one_stage({.address = 0x1234'5678});
  check_below_4gb(r, 0x1234'5678);
  CHECK(r.translation.leaf_log2_size == 42);  // an invalidation of any address in the leaf matches (4.4)
  check_s1(f.one_stage({.address = 0x1'0000'0000}), F_ADDR_SIZE);
  check_s1(f.one_stage({.address = 0x200'0000'0000}), F_ADDR_SIZE);
}

TEST_CASE(
    "a block larger than S2PS translates addresses within S2PS and faults beyond it though it is cached") {
  FourTerabytes f;
  f.stage2.output_bits = 32;
  check_s2(f.alone({.address = 0x1'0000'0000}), F_ADDR_SIZE, kIn, 0x1'0000'0000);
  const WalkResult r = f.alone({.address = 0x1234'5678});
  check_below_4gb(r, 0x1234'5678);
  CHECK(r.translation.leaf_log2_size == 42);
  const std::size_t reads = f.memory.reads.size();
  check_below_4gb(f.alone({.address = 0xFFFF'F000}), 0xFFFF'F000);
  CHECK(f.memory.reads.size() == reads);  // the walk cache has the block
  check_s2(f.alone({.address = 0x1'0000'0000}), F_ADDR_SIZE, kIn, 0x1'0000'0000);
}

TEST_CASE("in a nested stream an output of stage 1 beyond IPS is stage 1's fault and not stage 2's") {
  OnePage f;
  f.stage2.input_bits = 39;  // S2T0SZ 25
  f.memory.words[kS1At] = 0x100'0000'0000 | kS1Page;
  check_s2(f.nested({.address = 0x2ABC}), F_TRANSLATION, kIn, 0x100'0000'0ABC);
  f.stage1.output_bits = 36;
  check_s1(f.nested({.address = 0x2ABC}), F_ADDR_SIZE);  // 7.3.22: 3c comes before 5a
}

TEST_CASE(
    "in a nested stream a table of stage 2 beyond S2PS is its fault for stage 1's walk and for the data") {
  OnePage f;
  f.stage2.output_bits = 36;
  CHECK_FALSE(f.nested({.address = 0x2ABC}).fault.has_value());
  f.cache.invalidate({}, false);
  f.memory.words[0x91'0000] = 0x10'0000'0000 | pte::kTable;  // replaces the last table
  check_s2(f.nested({.address = 0x2ABC}), F_ADDR_SIZE, kTt, 0x10'0010);
  f.memory.words[0x91'0000] = 0x92'0000 | pte::kTable;
  f.map(0x4000, 0x10'0000'0000);
  check_s2(f.nested({.address = 0x2ABC}), F_ADDR_SIZE, kIn, 0x4ABC);
}

}  // namespace smmu_vp::test
