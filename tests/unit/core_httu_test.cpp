// Hardware update of access flag and dirty state, of both stages (3.13, D8.5).
#include <doctest/doctest.h>

#include "tests/unit/core_memory.h"
#include "tlm/core/walk.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

constexpr u64 kAf = 0x400, kReadOnly = 0x80, kDbm = u64{1} << 51;
constexpr u64 kS1Page = 0xC43;  // user, read-write, nG, AF
constexpr u64 kS2Page = 0x7FF;  // read-write, AF
constexpr u64 kS2Write = 0x80;  // S2AP[1]
constexpr u64 kS1At = 0xA0'0010, kS2TableAt = 0x92'0800, kS2DataAt = 0x92'0020;

// One level of stage 1 at IPA 0x10'0000, in memory at 0xA0'0000; stage 2 maps that table and IPA 0x4000.
struct Fixture {
  WordMemory memory;
  WalkCache cache{64};
  Stage2Walker stage2_walker{memory, cache, 48, silent_facts()};
  Walker walker{memory, cache, stage2_walker, 48, silent_facts()};
  Context stage1;
  Stage2 stage2;

  Fixture() {
    stage2.base = 0x90'0000;
    stage2.input_bits = 32;
    stage2.start_level = 1;
    stage1.tables[0].input_bits = 21;
    stage1.tables[0].base = 0x10'0000;
    stage1.tables[1].walk_disabled = true;
    memory.words = {{0x90'0000, 0x91'0003},
                    {0x91'0000, 0x92'0003},
                    {kS2TableAt, 0xA0'0000 | kS2Page},
                    {kS2DataAt, 0xB0'4000 | kS2Page},
                    {kS1At, 0x4000 | kS1Page}};
  }
  WalkResult one_stage(const WalkRequest& request) {
    stage1.tables[0].base = 0xA0'0000;
    return walker.walk(1, {.stage1 = &stage1}, request);
  }
  WalkResult nested(const WalkRequest& request) {
    return walker.walk(1, {.stage1 = &stage1, .stage2 = &stage2}, request);
  }
};

constexpr WalkRequest kRead{.address = 0x2000}, kWrite{.address = 0x2000, .write = true};

}  // namespace

TEST_CASE("HA sets the access flag instead of faulting and AFFD does not matter then") {
  Fixture f;
  f.memory.words[kS1At] &= ~kAf;
  CHECK(f.one_stage(kRead).fault->event == F_ACCESS);
  CHECK((f.memory.words[kS1At] & kAf) == 0);
  f.stage1.updates_access_flag = true;
  f.stage1.access_flag_ignored = true;
  CHECK_FALSE(f.one_stage(kRead).fault.has_value());
  CHECK(f.memory.words[kS1At] == (0x4000 | kS1Page));
}

TEST_CASE("a write dirties a writable-clean page and a read leaves it clean and not writable in a TLB") {
  Fixture f;
  f.stage1.updates_access_flag = f.stage1.updates_dirty_state = true;
  f.memory.words[kS1At] |= kReadOnly | kDbm;
  const WalkResult read = f.one_stage(kRead);
  CHECK(read.cacheable);
  CHECK_FALSE(read.translation.rights.user_write);
  CHECK(walk_tells_more({.stage1 = &f.stage1}, kWrite));
  CHECK((f.memory.words[kS1At] & kReadOnly) != 0);
  const WalkResult write = f.one_stage(kWrite);
  REQUIRE_FALSE(write.fault.has_value());
  CHECK(write.translation.rights.user_write);
  CHECK((f.memory.words[kS1At] & kReadOnly) == 0);
  CHECK((f.memory.words[kS1At] & kDbm) != 0);  // never changed
}

TEST_CASE("no dirty state without DBM without HD or where a table above takes the right to write") {
  Fixture f;
  f.stage1.updates_access_flag = true;
  f.memory.words[kS1At] |= kReadOnly | kDbm;
  CHECK(f.one_stage(kWrite).fault->event == F_PERMISSION);
  f.stage1.updates_dirty_state = true;
  f.memory.words[kS1At] &= ~kDbm;
  CHECK(f.one_stage(kWrite).fault->event == F_PERMISSION);
  // Two levels, APTable[1] set.
  f.stage1.tables[0].input_bits = 30;
  f.memory.words[0xA0'0000] = 0x4000'0000'00C0'0003;
  f.memory.words[0xC0'0010] = 0x4000 | kS1Page | kReadOnly | kDbm;
  CHECK(f.one_stage(kWrite).fault->event == F_PERMISSION);
  CHECK((f.memory.words[0xC0'0010] & kReadOnly) != 0);
}

TEST_CASE("a descriptor that another agent changed meanwhile is read again") {
  Fixture f;
  f.stage1.updates_access_flag = true;
  f.memory.words[kS1At] &= ~kAf;
  f.memory.before_swap = [&f] {
    f.memory.before_swap = nullptr;
    f.memory.words[kS1At] = 0;  // unmapped just then
  };
  CHECK(f.one_stage(kRead).fault->event == F_TRANSLATION);
  CHECK(f.memory.words[kS1At] == 0);
}

TEST_CASE("an update that the system aborts is F_WALK_EABT") {
  Fixture f;
  f.stage1.updates_access_flag = true;
  f.memory.words[kS1At] &= ~kAf;
  f.memory.aborts_swaps = {kS1At};
  const WalkResult r = f.one_stage(kRead);
  CHECK(r.fault->event == F_WALK_EABT);
  CHECK(r.fault->fetch_address == kS1At);
  CHECK_FALSE(r.fault->s2);
}

TEST_CASE("updating a stage 1 descriptor is a write that stage 2 has to permit") {
  Fixture f;
  f.stage1.updates_access_flag = true;
  f.memory.words[kS1At] &= ~kAf;
  f.memory.words[kS2TableAt] &= ~kS2Write;
  const WalkResult r = f.nested(kRead);
  REQUIRE(r.fault.has_value());
  CHECK(r.fault->event == F_PERMISSION);
  CHECK(r.fault->s2);
  CHECK(r.fault->of == spec::evt::kClassTT);
  CHECK(r.fault->table_write);  // TTRnW 0
  CHECK(r.fault->ipa == 0x10'0010);
  CHECK((f.memory.words[kS1At] & kAf) == 0);
  // With dirty state managed at stage 2, the table's page is dirtied by it.
  f.stage2.updates_access_flag = f.stage2.updates_dirty_state = true;
  f.memory.words[kS2TableAt] |= kDbm;
  f.cache.invalidate({}, false);
  CHECK_FALSE(f.nested(kRead).fault.has_value());
  CHECK((f.memory.words[kS2TableAt] & kS2Write) != 0);
  CHECK((f.memory.words[kS1At] & kAf) != 0);
}

TEST_CASE("one access may update all descriptors of a nested translation") {
  Fixture f;
  f.stage1.updates_access_flag = f.stage1.updates_dirty_state = true;
  f.stage2.updates_access_flag = f.stage2.updates_dirty_state = true;
  f.memory.words[kS1At] = (0x4000 | kS1Page | kReadOnly | kDbm) & ~kAf;
  f.memory.words[kS2TableAt] = (0xA0'0000 | kS2Page | kDbm) & ~(kAf | kS2Write);
  f.memory.words[kS2DataAt] = (0xB0'4000 | kS2Page | kDbm) & ~(kAf | kS2Write);
  CHECK_FALSE(f.nested(kRead).fault.has_value());
  CHECK((f.memory.words[kS1At] & (kAf | kReadOnly)) == (kAf | kReadOnly));
  CHECK((f.memory.words[kS2DataAt] & (kAf | kS2Write)) == kAf);
  CHECK((f.memory.words[kS2TableAt] & (kAf | kS2Write)) == (kAf | kS2Write));
  CHECK_FALSE(f.nested(kWrite).fault.has_value());
  CHECK((f.memory.words[kS1At] & kReadOnly) == 0);
  CHECK((f.memory.words[kS2DataAt] & kS2Write) != 0);
}

TEST_CASE("fetching a CD sets stage 2 access flags but never dirties") {
  Fixture f;
  f.stage2.updates_access_flag = f.stage2.updates_dirty_state = true;
  f.memory.words[kS2DataAt] = (0xB0'4000 | kS2Page | kDbm) & ~(kAf | kS2Write);
  CHECK_FALSE(f.stage2_walker.translate(0, f.stage2, {.ipa = 0x4000, .of = spec::evt::kClassCD}).fault);
  CHECK((f.memory.words[kS2DataAt] & (kAf | kS2Write)) == kAf);
}

TEST_CASE("a request that only asks dirties what it may write and nothing where stage 1 is read-only") {
  Fixture f;
  f.stage1.updates_access_flag = f.stage1.updates_dirty_state = true;
  f.stage2.updates_access_flag = f.stage2.updates_dirty_state = true;
  f.memory.words[kS1At] |= kReadOnly;  // no DBM
  f.memory.words[kS2DataAt] = (0xB0'4000 | kS2Page | kDbm) & ~kS2Write;
  WalkRequest probe = kWrite;
  probe.probe = true;
  WalkResult r = f.nested(probe);
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.rights.user_read);
  CHECK_FALSE(r.translation.rights.user_write);
  CHECK((f.memory.words[kS2DataAt] & kS2Write) == 0);
  f.memory.words[kS1At] |= kDbm;
  r = f.nested(probe);
  CHECK(r.translation.rights.user_write);
  CHECK((f.memory.words[kS1At] & kReadOnly) == 0);
  CHECK((f.memory.words[kS2DataAt] & kS2Write) != 0);
}

}  // namespace smmu_vp::test
