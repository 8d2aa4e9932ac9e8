// The invalidation breakdown charges each instant to the right part, exactly once.
#include <doctest/doctest.h>

#include "testbench/runs/scenarios/invalidation_breakdown.h"
#include "tests/support/commands.h"
#include "tests/support/registers.h"

using namespace smmu_vp;
using B = tb::InvalidationBreakdown;
namespace cmd = smmu_vp::test::cmd;

TEST_CASE("the parts of an invalidation add up to its total and name what was waited for") {
  u64 now = 1000;
  trace::Bus bus([&] { return now; });
  B breakdown(bus);
  breakdown.start(now);

  now = 1100;  // 100 ps in the driver, then one TLBI and a SYNC are published
  bus.announce(trace::QueueState{spec::QueueKind::kCmdq, 2, 0});
  now = 1130;  // 30 ps before the TLBI is consumed
  bus.announce(trace::Command{0, cmd::tlbi_nh_va(0, 0)[0], 0});
  now = 1180;  // 50 ps of TLBI
  bus.announce(trace::TlbInvalidated{spec::Opcode::CMD_TLBI_NH_VA, 0, 1, true, true, 0, 0xfff, 1, 0});
  bus.announce(trace::Command{1, cmd::sync()[0], 0});
  bus.announce(trace::SyncBegin{1, 7});
  now = 1200;  // 20 ps of draining
  bus.announce(trace::SyncEnd{1});
  bus.announce(trace::QueueState{spec::QueueKind::kCmdq, 2, 2});
  now = 1250;  // 50 ps back in the driver
  bus.announce(trace::QueueState{spec::QueueKind::kCmdq, 3, 2});
  bus.announce(trace::Command{2, cmd::atc_inv(0, {}, 0, 0)[0], 0});
  bus.announce(trace::AtcInvalidateSent{{8, 1}, 0, 0, 12});
  now = 1350;  // 100 ps down the link
  bus.announce(trace::AtcInvalidateReceived{{8, 1}, 0, 0, 12});
  now = 1400;  // 50 ps in the endpoint
  bus.announce(trace::AtcInvalidateCompleted{8, 0, 1});
  now = 1500;  // 100 ps back up
  bus.announce(trace::AtcInvalidateDone{8, 0, false});
  bus.announce(trace::QueueState{spec::QueueKind::kCmdq, 3, 3});
  now = 1510;

  const B::Result result = breakdown.stop(now);
  CHECK(result.total_ps == 510);
  CHECK(result.ps[B::kDriver] == 100 + 50 + 10);
  CHECK(result.ps[B::kQueue] == 30);
  CHECK(result.ps[B::kTlbi] == 50);
  CHECK(result.ps[B::kSync] == 20);
  CHECK(result.ps[B::kLink] == 200);
  CHECK(result.ps[B::kAtc] == 50);
  CHECK(result.tlbi == 1);
  CHECK(result.atc_inv == 1);
  CHECK(result.sync == 1);
}

TEST_CASE("error bits next to the command queue's index are not taken for waiting commands") {
  u64 now = 0;
  trace::Bus bus([&] { return now; });
  B breakdown(bus);
  breakdown.start(now);
  bus.announce(
      trace::QueueState{spec::QueueKind::kCmdq, 5, 5 | test::cerror::err(test::cerror::ATC_INV_SYNC)});
  now = 40;
  CHECK(breakdown.stop(now).ps[B::kDriver] == 40);
}

TEST_CASE("a broadcast is counted separately from commands, and its sync is charged as a sync") {
  u64 now = 0;
  trace::Bus bus([&] { return now; });
  B breakdown(bus);
  breakdown.start(now);
  now = 30;  // the CPU waits for its TLBI to be taken
  bus.announce(trace::TlbInvalidated{std::nullopt, 0, 1, true, true, 0, 0xfff, 1, 0});
  bus.announce(trace::BroadcastSyncBegin{0, 7});
  now = 50;
  bus.announce(trace::BroadcastSyncEnd{0});
  now = 55;
  const B::Result result = breakdown.stop(now);
  CHECK(result.broadcasts == 1);
  CHECK(result.commands() == 0);
  CHECK(result.ps[B::kDriver] == 30 + 5);
  CHECK(result.ps[B::kSync] == 20);
}
