// Hardware update of access flag and dirty state, of both stages (3.13, D8.5).
#include "tests/unit/core_nested.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

constexpr u64 kAf = pte::kAf, kReadOnly = pte::kReadOnly, kDbm = pte::kDbm;
constexpr u64 kS2Write = s2::kWrite;

using Fixture = OnePage;

constexpr WalkRequest kRead{.address = 0x2000}, kWrite{.address = 0x2000, .intent = {.write = true}};

}  // namespace

TEST_CASE("HA sets the access flag instead of faulting, whatever AFFD says") {
  Fixture f;
  f.memory.words[kS1At] &= ~kAf;
  CHECK(f.stage1_alone(kRead).fault->event == F_ACCESS);
  CHECK((f.memory.words[kS1At] & kAf) == 0);
  f.stage1.updates_access_flag = true;
  f.stage1.access_flag_ignored = true;
  CHECK_FALSE(f.stage1_alone(kRead).fault.has_value());
  CHECK(f.memory.words[kS1At] == (0x4000 | kS1Page));
}

TEST_CASE("a write dirties a writable-clean page and a read leaves it clean and not writable in a TLB") {
  Fixture f;
  f.stage1.updates_access_flag = f.stage1.updates_dirty_state = true;
  f.memory.words[kS1At] |= kReadOnly | kDbm;
  const WalkResult read = f.stage1_alone(kRead);
  CHECK(read.cacheable);
  CHECK_FALSE(read.translation.rights.user_write);
  CHECK(walk_tells_more({.stage1 = &f.stage1}, kWrite));
  CHECK((f.memory.words[kS1At] & kReadOnly) != 0);
  const WalkResult write = f.stage1_alone(kWrite);
  REQUIRE_FALSE(write.fault.has_value());
  CHECK(write.translation.rights.user_write);
  CHECK((f.memory.words[kS1At] & kReadOnly) == 0);
  CHECK((f.memory.words[kS1At] & kDbm) != 0);  // never changed
}

TEST_CASE("no page is made dirty without DBM, without HD or if a table above denies writes") {
  Fixture f;
  f.stage1.updates_access_flag = true;
  f.memory.words[kS1At] |= kReadOnly | kDbm;
  CHECK(f.stage1_alone(kWrite).fault->event == F_PERMISSION);
  f.stage1.updates_dirty_state = true;
  f.memory.words[kS1At] &= ~kDbm;
  CHECK(f.stage1_alone(kWrite).fault->event == F_PERMISSION);
  // Two levels.
  f.stage1.tables[0].input_bits = 30;
  f.memory.words[0xA0'0000] = 0xC0'0000 | pte::kTableReadOnly | pte::kTable;
  f.memory.words[0xC0'0010] = 0x4000 | kS1Page | kReadOnly | kDbm;
  CHECK(f.stage1_alone(kWrite).fault->event == F_PERMISSION);
  CHECK((f.memory.words[0xC0'0010] & kReadOnly) != 0);
}

TEST_CASE("a writable-clean page counts as writable when execution is checked") {
  Fixture f;
  f.memory.words[kS1At] |= kReadOnly | kDbm;  // AP 0b11, UXN and PXN 0
  const u64 clean = f.memory.words[kS1At];
  constexpr WalkRequest kUser{.address = 0x2000, .intent = {.read = true, .exec = true}},
      kPrivileged{.address = 0x2000, .intent = {.read = true, .exec = true, .priv = true}};
  // Without HD the page is read-only, and both levels execute from it (D8.4.1.2).
  CHECK_FALSE(f.stage1_alone(kPrivileged).fault.has_value());
  f.stage1.wxn = true;
  CHECK_FALSE(f.stage1_alone(kUser).fault.has_value());
  f.stage1.wxn = false;
  f.stage1.updates_access_flag = f.stage1.updates_dirty_state = true;
  check_s1(f.stage1_alone(kPrivileged), F_PERMISSION);  // D8.5.2.2 R_NKLQN: what EL0 may come to write
  CHECK_FALSE(f.stage1_alone(kUser).fault.has_value());
  f.stage1.wxn = true;
  check_s1(f.stage1_alone(kUser), F_PERMISSION);  // D8.5.2.2 R_TTLCV
  check_s1(f.stage1_alone(kPrivileged), F_PERMISSION);
  // A privileged page: AP 0b10. WXN makes it execute-never for privileged fetches only.
  f.memory.words[kS1At] = clean & ~pte::kUser;
  f.stage1.wxn = false;
  CHECK_FALSE(f.stage1_alone(kPrivileged).fault.has_value());
  f.stage1.wxn = true;
  check_s1(f.stage1_alone(kPrivileged), F_PERMISSION);
  CHECK_FALSE(f.stage1_alone(kUser).fault.has_value());
  // NS-EL2 has one privilege level.
  f.stage1.world = World::kNsEl2;
  check_s1(f.stage1_alone(kPrivileged), F_PERMISSION);
  CHECK((f.memory.words[kS1At] & kReadOnly) != 0);  // a fetch dirties nothing
}

TEST_CASE("a descriptor that another agent changed meanwhile is read again") {
  Fixture f;
  f.stage1.updates_access_flag = true;
  f.memory.words[kS1At] &= ~kAf;
  f.memory.before_swap = [&f] {
    f.memory.before_swap = nullptr;
    f.memory.words[kS1At] = 0;  // unmapped at that moment
  };
  CHECK(f.stage1_alone(kRead).fault->event == F_TRANSLATION);
  CHECK(f.memory.words[kS1At] == 0);
}

TEST_CASE("an update that the system aborts is F_WALK_EABT") {
  Fixture f;
  f.stage1.updates_access_flag = true;
  f.memory.words[kS1At] &= ~kAf;
  f.memory.aborts_swaps = {kS1At};
  const WalkResult r = f.stage1_alone(kRead);
  CHECK(r.fault->event == F_WALK_EABT);
  CHECK(r.fault->fetch_address == kS1At);
  CHECK_FALSE(r.fault->s2);
}

TEST_CASE("updating a stage 1 descriptor is a write that stage 2 must permit") {
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

TEST_CASE("a probe dirties only pages it may write and none that stage 1 makes read-only") {
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
