// Hardware update of stage 2 descriptors, for data, tables and CDs, and S2AFFD instead of it (3.13).
#include "tests/unit/core_nested.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

constexpr u64 kAf = s2::kAf, kS2Write = s2::kWrite, kDbm = s2::kDbm;

struct Fixture : OnePage {
  Fixture() { stage2.updates_access_flag = stage2.updates_dirty_state = true; }
  u64& data() { return memory.words[kS2DataAt]; }
  u64& table() { return memory.words[kS2TableAt]; }
  // Runs `change` once, as another agent would, just before the descriptor is swapped.
  void meanwhile(std::function<void()> change) {
    memory.before_swap = [this, change] {
      const auto once = change;  // the member that holds it is cleared
      memory.before_swap = nullptr;
      once();
    };
  }
  Stage2Result cd() { return stage2_walker.translate(0, stage2, {.ipa = 0x4040, .of = kCd}); }
};

constexpr WalkRequest kRead{.address = 0x2000}, kWrite{.address = 0x2000, .intent = {.write = true}};

}  // namespace

TEST_CASE("S2HD does not change a page that is not writable without DBM and the write faults") {
  Fixture f;
  f.data() &= ~kS2Write;
  const u64 before = f.data();
  check_s2(f.nested(kWrite), F_PERMISSION, kIn, 0x4000);  // 3.13.3.1
  check_s2(f.alone({.address = 0x4000, .intent = {.write = true}}), F_PERMISSION, kIn, 0x4000);
  CHECK(f.data() == before);
  CHECK_FALSE(f.nested(kRead).fault.has_value());
}

TEST_CASE("S2HA without S2HD dirties nothing") {
  Fixture f;
  f.stage2.updates_dirty_state = false;
  f.data() = (f.data() | kDbm) & ~kS2Write;
  check_s2(f.nested(kWrite), F_PERMISSION, kIn, 0x4000);
  CHECK((f.data() & kS2Write) == 0);
}

TEST_CASE("a stage 2 descriptor that another agent changed meanwhile is read again") {
  Fixture moved;
  moved.data() &= ~kAf;
  moved.meanwhile([&] { moved.data() = 0xC0'4000 | (kS2Page & ~kAf); });
  const WalkResult r = moved.nested(kRead);
  REQUIRE_FALSE(r.fault.has_value());
  CHECK(r.translation.pa == 0xC0'4000);
  CHECK(moved.data() == (0xC0'4000 | kS2Page));

  Fixture unmapped;
  unmapped.data() = (unmapped.data() | kDbm) & ~kS2Write;
  unmapped.meanwhile([&] { unmapped.data() = 0; });
  check_s2(unmapped.nested(kWrite), F_TRANSLATION, kIn, 0x4000);
  CHECK(unmapped.data() == 0);

  Fixture table;
  table.table() &= ~kAf;
  table.meanwhile([&] { table.table() = 0; });
  check_s2(table.nested(kRead), F_TRANSLATION, kTt, 0x10'0010);
  CHECK(table.table() == 0);
}

TEST_CASE("an update of a stage 2 descriptor that the system aborts is F_WALK_EABT of stage 2") {
  const auto check_aborted = [](const std::optional<Fault>& fault, u64 of, u64 at) {
    REQUIRE(fault.has_value());
    CHECK(fault->event == F_WALK_EABT);
    CHECK(fault->s2);
    CHECK(fault->of == of);  // 7.3.12
    CHECK(fault->fetch_address == at);
  };
  Fixture f;
  f.memory.aborts_swaps = {kS2DataAt, kS2TableAt};
  f.data() &= ~kAf;
  check_aborted(f.nested(kRead).fault, kIn, kS2DataAt);
  check_aborted(f.alone({.address = 0x4000}).fault, kIn, kS2DataAt);
  check_aborted(f.cd().fault, kCd, kS2DataAt);
  f.data() = (f.data() | kAf | kDbm) & ~kS2Write;
  check_aborted(f.nested(kWrite).fault, kIn, kS2DataAt);
  f.table() &= ~kAf;
  f.cache.invalidate({}, false);
  check_aborted(f.nested(kRead).fault, kTt, kS2TableAt);
  CHECK((f.table() & kAf) == 0);
}

TEST_CASE("S2AFFD permits a clear access flag and S2HA sets it whatever S2AFFD says") {
  Fixture f;
  f.stage2.updates_access_flag = f.stage2.updates_dirty_state = false;
  f.data() &= ~kAf;
  check_s2(f.nested(kRead), F_ACCESS, kIn, 0x4000);
  f.stage2.access_flag_ignored = true;  // 5.2 S2AFFD
  f.table() &= ~kAf;
  f.cache.invalidate({}, false);
  CHECK_FALSE(f.nested(kWrite).fault.has_value());
  CHECK_FALSE(f.alone({.address = 0x4000}).fault.has_value());
  CHECK_FALSE(f.cd().fault.has_value());
  CHECK((f.data() & kAf) == 0);
  CHECK((f.table() & kAf) == 0);
  f.stage2.updates_access_flag = true;
  CHECK_FALSE(f.nested(kRead).fault.has_value());
  CHECK((f.data() & kAf) != 0);
  CHECK((f.table() & kAf) != 0);
}

}  // namespace smmu_vp::test
