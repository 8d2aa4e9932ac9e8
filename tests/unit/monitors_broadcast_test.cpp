// Broadcast TLB maintenance and commands: which completes which, as invalidation_order
// and sync_completes check it.
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

TEST_CASE("a broadcast and its sync before ATC invalidation and CMD_SYNC is also legal") {
  History h;
  h.process().bound().ats_granted().unmap().invalidate_begin();
  h.broadcast().broadcast_sync().atc_inv().sync().invalidate_end().finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("invalidation_order").checked() == 1);
}

TEST_CASE("a broadcast without its sync is caught, and a CMD_SYNC does not replace it") {
  History h;
  h.process().bound().unmap().invalidate_begin();
  SUBCASE("nothing") {
    h.broadcast();
  }
  SUBCASE("a CMD_SYNC, which depends on no broadcast (4.7.3)") {
    h.broadcast().sync();
  }
  SUBCASE("a sync that began before the broadcast") {
    h.add(trace::BroadcastSyncBegin{1, 0}).broadcast().add(trace::BroadcastSyncEnd{1});
  }
  h.invalidate_end();
  CHECK(h.says("invalidation_order", "no broadcast sync completed after its broadcast TLB invalidation"));
}

TEST_CASE("a TLBI command is not completed by a broadcast sync") {
  History h;
  h.process().bound().unmap().invalidate_begin().tlbi().broadcast_sync().invalidate_end();
  CHECK(h.says("invalidation_order", "no CMD_SYNC completed after its TLB invalidation"));
}

TEST_CASE("an ATC invalidation before the broadcast sync is caught") {
  History h;
  h.process().bound().ats_granted().unmap().invalidate_begin().broadcast().atc_inv().broadcast_sync().sync();
  h.invalidate_end();
  CHECK(h.says("invalidation_order", "its ATC invalidation was sent before the TLB invalidation was synced"));
}

TEST_CASE("an ATC invalidation is completed by a CMD_SYNC and not by a broadcast sync") {
  History h;
  h.process().bound().ats_granted().unmap().invalidate_begin().broadcast().broadcast_sync();
  h.atc_inv().broadcast_sync().invalidate_end();
  CHECK(h.says("invalidation_order", "no CMD_SYNC completed after its ATC invalidation"));
}

TEST_CASE("either a completed broadcast or a completed command suffices") {
  History h;
  h.process().bound().unmap().invalidate_begin();
  SUBCASE("the broadcast") {
    h.tlbi().broadcast().broadcast_sync();
  }
  SUBCASE("the command") {
    h.broadcast().tlbi().sync();
  }
  h.invalidate_end();
  CHECK(h.violations() == 0);
}

TEST_CASE("a broadcast sync waits for older transactions as a CMD_SYNC does") {
  History h;
  h.begin(1).begin(2).add(trace::BroadcastSyncBegin{4, 2});
  const char* expected = nullptr;
  SUBCASE("waited for") {
    h.end(1).add(trace::BroadcastSyncEnd{4}).end(2);
  }
  SUBCASE("not waited for") {
    h.add(trace::BroadcastSyncEnd{4}).end(1).end(2);
    expected = "transaction 1 (StreamID 0x100, PASID 1, 0x7f0000000000), older than the broadcast sync";
  }
  SUBCASE("never completed") {
    h.end(1).end(2);
    expected = "the broadcast sync 4, begun at 3000 ps, never completed";
  }
  SUBCASE("a CMD_SYNC of the same number is another one") {
    h.end(1).add(trace::SyncBegin{4, 2}).add(trace::BroadcastSyncEnd{4}).end(2);
    expected = "the CMD_SYNC at queue index 4";
  }
  h.finish();
  if (expected == nullptr) {
    CHECK(h.violations() == 0);
  } else {
    CHECK(h.says("sync_completes", expected));
  }
}

}  // namespace smmu_vp::tb::test
