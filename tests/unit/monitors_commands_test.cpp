// The monitors of commands: CMD_SYNC, the order of invalidations, lockstep caches; and the list of monitors.
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

TEST_CASE("A CMD_SYNC that waits for older transactions completes properly") {
  History h;
  h.begin(1)
      .begin(2)
      .begin(3)
      .add(trace::SyncBegin{0, 3})
      .end(2)
      .end(1)
      .add(trace::SyncEnd{0})
      .end(3)
      .finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("sync_completes").checked() == 1);
}

TEST_CASE("A CMD_SYNC that never completes is found at the end") {
  History h;
  h.add(trace::SyncBegin{7, 0}).finish();
  CHECK(h.says("sync_completes", "the CMD_SYNC at queue index 7, begun at 1000 ps, never completed"));
}

TEST_CASE("A CMD_SYNC that raises a command error is answered") {
  History h;
  h.add(trace::SyncBegin{7, 0}).add(trace::CommandError{"CERROR_ATC_INV_SYNC", 7}).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("A transaction that outlives the CMD_SYNC which had to wait for it is caught") {
  History h;
  h.begin(1).begin(2).sync(2).end(1).end(2).finish();
  CHECK(h.says("sync_completes",
               "transaction 1 (StreamID 0x100, PASID 1, 0x7f0000000000), older than the CMD_SYNC"));
}

TEST_CASE("A transaction that ends at the very instant of the CMD_SYNC is in order") {
  History h;
  h.begin(1).sync(2).at_once(trace::TransactionEnd{1, "ok"}).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("A transaction that is aborted after the CMD_SYNC used no old translation") {
  History h;
  h.begin(1).sync(2).end(1, "aborted").begin(2).sync(3).end(2, "retried").finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("A stalled transaction does not hold up a CMD_SYNC") {
  History h;
  h.begin(1)
      .add(trace::Stalled{1, kSid, kPasid, 9, kVa})
      .sync(2)
      .add(trace::Resumed{1, kSid, 9, "retry"})
      .end(1);
  h.finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("TLB invalidation, CMD_SYNC, ATC invalidation, CMD_SYNC is the order") {
  History h;
  h.process().bound().ats_granted().unmapped_properly();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("invalidation_order").checked() == 1);
}

TEST_CASE("An ATC invalidation before the TLB invalidation was synced is caught") {
  History h;
  h.process().bound().ats_granted().unmap().invalidate_begin();
  SUBCASE("before it") {
    h.atc_inv().tlbi().sync();
  }
  SUBCASE("after it, without a CMD_SYNC between") {
    h.tlbi().atc_inv().sync();
  }
  h.invalidate_end();
  CHECK(h.says("invalidation_order", "its ATC invalidation was sent before the TLB invalidation was synced"));
}

TEST_CASE("A wide ATC invalidation may touch a neighbour that is still being unmapped") {
  History h;
  const u64 neighbour = kVa + kPage;
  h.process().bound().ats_granted().add(trace::PageMapped{kMm, neighbour, kPa + kPage, kPage, true});
  h.unmap().unmap(false, neighbour, kPa + kPage).invalidate_begin().tlbi().sync().atc_inv(kVa, 13).sync();
  h.invalidate_end();
  h.invalidate_begin(neighbour).tlbi(neighbour).sync().atc_inv(neighbour).sync().invalidate_end(neighbour);
  CHECK(h.violations() == 0);
}

TEST_CASE("An invalidation that leaves something out is caught") {
  History h;
  h.process().bound().ats_granted().unmap().invalidate_begin();
  const char* expected = nullptr;
  SUBCASE("the TLB") {
    h.atc_inv().sync();
    expected = "no TLB invalidation covers it";
  }
  SUBCASE("the ATC") {
    h.tlbi().sync();
    expected = "no ATC invalidation covers it";
  }
  SUBCASE("the right range") {
    h.tlbi(kVa + kPage).sync().atc_inv().sync();
    expected = "no TLB invalidation covers it";
  }
  SUBCASE("the CMD_SYNC after the TLB invalidation") {
    h.tlbi();
    expected = "no CMD_SYNC completed after its TLB invalidation";
  }
  SUBCASE("the CMD_SYNC after the ATC invalidation") {
    h.tlbi().sync().atc_inv();
    expected = "no CMD_SYNC completed after its ATC invalidation";
  }
  h.invalidate_end();
  CHECK(h.says("invalidation_order", expected));
}

TEST_CASE("A device whose stream is made to abort needs no ATC invalidation once the SMMU has read that") {
  History h;
  h.process().bound().ats_granted();
  bool needs_one = true;
  SUBCASE("read and synchronised") {
    h.add(trace::StreamBlocked{kSid}).add(trace::ConfigInvalidated{"CMD_CFGI_STE", kSid, 0}).sync();
    needs_one = false;
  }
  SUBCASE("another stream's is read") {
    h.add(trace::StreamBlocked{kSid}).add(trace::ConfigInvalidated{"CMD_CFGI_STE", kSid + 1, 0}).sync();
  }
  SUBCASE("not read") {
    h.add(trace::StreamBlocked{kSid});
  }
  SUBCASE("read, and not made to abort") {
    h.add(trace::ConfigInvalidated{"CMD_CFGI_STE", kSid, 0}).sync();
  }
  h.unmap().invalidate_begin().tlbi().sync().invalidate_end();
  CHECK(h.says("invalidation_order", "no ATC invalidation covers it") == needs_one);
}

TEST_CASE("A device without ATS needs no ATC invalidation") {
  History h;
  h.process().bound().unmap().invalidate_begin().tlbi().sync().invalidate_end();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("invalidation_order").checked() == 1);
}

TEST_CASE("A process that is not bound needs no invalidation commands") {
  History h;
  h.process().unmap().invalidate_begin().invalidate_end();
  CHECK(h.violations() == 0);
}

TEST_CASE("A device bound while an invalidation runs is not held to it") {
  History h;
  h.process().bound().add(trace::PasidPhase{kSid, kPasid, kMm, kAsid, 3}).unmap().bound().ats_granted();
  h.invalidate_begin().tlbi().sync().invalidate_end();
  CHECK(h.violations() == 0);
}

TEST_CASE("A release invalidates everything, in the same order") {
  History h;
  h.process().bound().ats_granted().add(trace::ReleaseBegin{kMm});
  const char* expected = nullptr;
  SUBCASE("properly") {
    h.tlbi_asid().sync().atc_inv(0, 64).sync();
  }
  SUBCASE("not at all") {
    expected = "no TLB invalidation covers it";
  }
  SUBCASE("without the ATC") {
    h.tlbi_asid().sync();
    expected = "no ATC invalidation covers it";
  }
  h.add(trace::ReleaseEnd{kMm});
  if (expected == nullptr) {
    CHECK(h.violations() == 0);
  } else {
    CHECK(h.says("invalidation_order", expected));
  }
}

TEST_CASE("A lockstep difference is a violation") {
  History h;
  h.add(trace::CacheLookup{"tbu0_tlb", 7, kVa, "hit", 0});
  CHECK(h.violations() == 0);
  CHECK(h.monitor("cache_lockstep").checked() == 1);
  h.add(trace::CacheMismatch{"tbu0_tlb", "pa differs"});
  CHECK(h.says("cache_lockstep", "tbu0_tlb: pa differs"));
}

TEST_CASE("A lockstep difference names the window of the waves round it") {
  trace::Bus bus([] { return u64{789'123'456}; });
  std::string heard;
  bus.on<trace::Violation>([&](const trace::Violation& f, u64) { heard = f.what; });
  const auto monitors = make_monitors(bus);
  bus.announce(trace::CacheMismatch{"ep0_atc", "way differs"});
  CHECK(heard == "ep0_atc: way differs; waves: --wave-window 788623ns:789623ns");
}

TEST_CASE("A violation is announced as a fact when it is found") {
  trace::Bus bus([] { return u64{42}; });
  std::string heard;
  bus.on<trace::Violation>(
      [&](const trace::Violation& v, u64) { heard += std::string(v.monitor) + "|" + v.what; });
  const auto monitors = make_monitors(bus);
  bus.announce(trace::CacheMismatch{"ep0_atc", "way differs"});
  CHECK(heard == "cache_lockstep|ep0_atc: way differs; waves: --wave-window 0ns:500ns");
  CHECK(monitors.back()->violations()[0].t_ps == 42);
}

TEST_CASE("Every monitor says what it checks and where that is written") {
  trace::Bus bus([] { return u64{0}; });
  const auto monitors = make_monitors(bus);
  REQUIRE(monitors.size() == monitor_list().size());
  for (std::size_t i = 0; i < monitors.size(); ++i) {
    CHECK(monitors[i]->name() == monitor_list()[i].name);
    CHECK(!monitors[i]->info().description.empty());
    CHECK(!monitors[i]->info().rule.empty());
    CHECK(!monitors[i]->info().section.empty());
  }
}

}  // namespace smmu_vp::tb::test
