// Which of several faults a walk reports, within a stage and between the two (7.3.22).
#include "tests/unit/core_nested.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

constexpr u64 kAf = pte::kAf;  // of both stages
// Of stage 2: not accessed, no rights, Device memory; that is, wrong for every reason.
constexpr u64 kWrong = pte::kInnerShareable | pte::kPage;

}  // namespace

TEST_CASE("stage 2 reports a clear access flag before any missing right") {
  OnePage f;
  f.stage2.walks_protected = true;
  f.map(0x10'0000, 0xA0'0000, kWrong);
  check_s2(f.nested({.address = 0x2ABC}), F_ACCESS, kTt, 0x10'0010);
  const Stage2Result cd = f.stage2_walker.translate(0, f.stage2, {.ipa = 0x10'0040, .of = kCd});
  REQUIRE(cd.fault.has_value());
  CHECK(cd.fault->event == F_ACCESS);
  f.map(0x10'0000, 0xA0'0000, kWrong | kAf);
  check_s2(f.nested({.address = 0x2ABC}), F_PERMISSION, kTt, 0x10'0010);
  f.map(0x10'0000, 0xA0'0000);
  f.cache.invalidate({}, false);
  f.map(0x4000, 0xB0'4000, kWrong);
  check_s2(f.nested({.address = 0x2ABC, .intent = {.write = true}}), F_ACCESS, kIn, 0x4ABC);
  check_s2(f.nested({.address = 0x2ABC, .intent = {.read = true, .exec = true}}), F_ACCESS, kIn, 0x4ABC);
  f.map(0x4000, 0xB0'4000, kWrong | kAf);
  check_s2(f.nested({.address = 0x2ABC, .intent = {.write = true}}), F_PERMISSION, kIn, 0x4ABC);
}

TEST_CASE("stage 2 reports an output beyond S2PS before the access flag of the same descriptor") {
  OnePage f;
  f.stage2.output_bits = 36;
  f.map(0x4000, 0x10'0000'0000, kWrong);
  check_s2(f.nested({.address = 0x2ABC}), F_ADDR_SIZE, kIn, 0x4ABC);
}

TEST_CASE("stage 1 reports address size then access flag then permission") {
  OnePage f;
  f.stage1.output_bits = 36;
  const WalkRequest write{.address = 0x2ABC, .intent = {.write = true}};
  const u64 read_only = (kS1Page | pte::kReadOnly) & ~kAf;
  f.memory.words[kS1At] = 0x10'0000'0000 | read_only;
  check_s1(f.nested(write), F_ADDR_SIZE);
  f.memory.words[kS1At] = 0x4000 | read_only;
  check_s1(f.nested(write), F_ACCESS);
  f.memory.words[kS1At] |= kAf;
  check_s1(f.nested(write), F_PERMISSION);
}

TEST_CASE("faults of stage 1's leaf come before those of stage 2 for its output") {
  OnePage f;
  f.map(0x4000, 0, 0);  // stage 2 has no page there
  const WalkRequest write{.address = 0x2ABC, .intent = {.write = true}};
  f.memory.words[kS1At] &= ~kAf;
  check_s1(f.nested(write), F_ACCESS);
  f.memory.words[kS1At] |= kAf | pte::kReadOnly;
  check_s1(f.nested(write), F_PERMISSION);
  f.memory.words[kS1At] &= ~pte::kReadOnly;
  check_s2(f.nested(write), F_TRANSLATION, kIn, 0x4ABC);
}

TEST_CASE("faults of stage 2 for a table come before those of the table's contents") {
  OnePage f;
  f.memory.words[kS1At] = 0;  // F_TRANSLATION of stage 1
  f.memory.aborts = {kS1At};
  f.map(0x10'0000, 0xA0'0000, kS2Page & ~kAf);
  check_s2(f.nested({.address = 0x2ABC}), F_ACCESS, kTt, 0x10'0010);
  f.map(0x10'0000, 0xA0'0000);
  check_s1(f.nested({.address = 0x2ABC}), F_WALK_EABT);
  f.memory.aborts.clear();
  check_s1(f.nested({.address = 0x2ABC}), F_TRANSLATION);
}

}  // namespace smmu_vp::test
