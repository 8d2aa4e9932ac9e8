// The same work in every timing mode: nothing on the PCIe side needs time to advance in order to end.
#include <doctest/doctest.h>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

namespace {

constexpr u32 kPasid = 4;
constexpr u64 kVa = 0x4000'0000'0000, kPa = kRam + 0x4'0000;

// Pages are paged in on demand; half-way through, everything is invalidated.
void work(transport::TimingMode mode) {
  System s(default_endpoint(), {}, mode);
  s.smmu.on_message = [&s](const MessageExtension& m) {
    if (m.kind != MessageKind::kPageRequest) return;
    s.smmu.map(m.who.ssid(), m.address, kPa + (m.address - kVa));
    s.respond(m, spec::ResponseCode::kSuccess);
  };
  s.run([&] {
    s.enable();
    for (u64 i = 0; i < 4; ++i)
      s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + i * 0x2000, 0x2000, 0, i));
    s.invalidate(0, kPasid, 0, 64);
    s.stop(kPasid, false);
    while (s.reg(accel::reg::STOP_BUSY) != 0) sleep_ps(kNanosecond);
    CHECK(s.reg(accel::reg::ERROR) == 0);
    s.until_idle();
  });
  for (u64 i = 0; i < 0x8000; i += 0x2000 - 1)
    CHECK(*s.smmu.at(kPa + i) == accel::pattern_byte(i / 0x2000, kVa + i));
  CHECK(s.smmu.messages_of(MessageKind::kInvalidateCompletion).size() == 1);
}

}  // namespace

TEST_CASE("in untimed mode paging, invalidation and stop complete") {
  work(transport::TimingMode::kUntimed);
}
TEST_CASE("in loose mode paging, invalidation and stop complete") {
  work(transport::TimingMode::kLoose);
}
TEST_CASE("in timed mode paging, invalidation and stop complete") {
  work(transport::TimingMode::kTimed);
}

TEST_CASE("an access list with the same seed gives the same history twice") {
  std::vector<u64> times[2];
  System s;
  s.run([&] {
    s.enable();
    for (auto& history : times) {
      s.smmu.pages.clear();
      for (u64 page = 0; page < 8; ++page) s.smmu.map(kPasid, kVa + (page << 12), kPa + (page << 12));
      s.invalidate(0, std::nullopt, 0, 64);
      s.until_idle();
      sleep_ps(10 * kMicrosecond);
      s.smmu.seen.clear();
      const u64 begin = transport::Timing::now_ps();
      for (u64 i = 0; i < 4; ++i) s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + i * 0x1800, 0x1800));
      s.until_idle();
      for (const FakeSmmu::Seen& seen : s.smmu.seen) history.push_back(seen.arrived_ps - begin);
    }
  });
  CHECK(times[0].size() > 8);
  CHECK(times[0] == times[1]);
}
