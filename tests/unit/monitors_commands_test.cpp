// The monitors of commands: CMD_SYNC, the order of invalidations, lockstep caches; and the list of monitors.
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

TEST_CASE("a CMD_SYNC that waits for older transactions completes properly") {
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

TEST_CASE("a CMD_SYNC that never completes is found at the end") {
  History h;
  h.add(trace::SyncBegin{7, 0}).finish();
  CHECK(h.says("sync_completes", "the CMD_SYNC at queue index 7, begun at 1000 ps, never completed"));
}

TEST_CASE("a CMD_SYNC that raises a command error is answered") {
  History h;
  h.add(trace::SyncBegin{7, 0}).add(trace::CommandError{spec::Cerror::CERROR_ATC_INV_SYNC, 7}).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a transaction that outlives the CMD_SYNC which had to wait for it is caught") {
  History h;
  h.begin(1).begin(2).sync(2).end(1).end(2).finish();
  CHECK(h.says("sync_completes",
               "transaction 1 (StreamID 0x100, PASID 1, 0x7f0000000000), older than the CMD_SYNC"));
}

TEST_CASE("a transaction that ends at the same time as the CMD_SYNC is legal") {
  History h;
  h.begin(1).sync(2).at_once(trace::TransactionEnd{1, trace::TransactionResult::kOk}).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a transaction that is aborted after the CMD_SYNC used no old translation") {
  History h;
  h.begin(1)
      .sync(2)
      .end(1, TransactionResult::kAborted)
      .begin(2)
      .sync(3)
      .end(2, TransactionResult::kRetried)
      .finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a CMD_SYNC waits for its own SMMU's transactions, whatever another's are numbered") {
  History h;
  trace::TransactionBegin other{1, 0, kWho, At::kUntranslated, kVa, 64, false};
  other.smmu = 1;
  trace::TransactionEnd its_end{1, TransactionResult::kOk};
  its_end.smmu = 1;
  h.add(other).begin(1).end(1).sync(2).add(its_end).finish();
  CHECK(h.violations() == 0);
  its_end.smmu = 0;
  History late;
  late.begin(1).sync(2).add(its_end).finish();
  CHECK(late.violations("sync_completes") == 1);
}

TEST_CASE("a stalled transaction does not hold up a CMD_SYNC") {
  History h;
  h.begin(1)
      .add(trace::Stalled{1, kWho, 9, kVa})
      .sync(2)
      .add(trace::Resumed{1, kSid, 9, spec::StallAction::kRetry})
      .end(1);
  h.finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("TLB invalidation, CMD_SYNC, ATC invalidation, CMD_SYNC is the legal order") {
  History h;
  h.process().bound().ats_granted().unmapped_properly();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("invalidation_order").checked() == 1);
}

TEST_CASE("an ATC invalidation before the TLB invalidation was synced is caught") {
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

TEST_CASE("a wide ATC invalidation may cover a neighbour that is still being unmapped") {
  History h;
  const u64 neighbour = kVa + kPage;
  h.process().bound().ats_granted().add(trace::PageMapped{kMm, neighbour, kPa + kPage, kPage, true});
  h.unmap().unmap(false, neighbour, kPa + kPage).invalidate_begin().tlbi().sync().atc_inv(kVa, 13).sync();
  h.invalidate_end();
  h.invalidate_begin(neighbour).tlbi(neighbour).sync().atc_inv(neighbour).sync().invalidate_end(neighbour);
  CHECK(h.violations() == 0);
}

TEST_CASE("an incomplete invalidation is caught") {
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

TEST_CASE("a device whose stream aborts needs no ATC invalidation once the SMMU has read the STE") {
  History h;
  h.process().bound().ats_granted();
  bool needs_one = true;
  SUBCASE("read and synchronised") {
    h.add(trace::StreamBlocked{kSid})
        .add(trace::ConfigInvalidated{spec::Opcode::CMD_CFGI_STE, {.sid = kSid}})
        .sync();
    needs_one = false;
  }
  SUBCASE("another stream's is read") {
    h.add(trace::StreamBlocked{kSid})
        .add(trace::ConfigInvalidated{spec::Opcode::CMD_CFGI_STE, {.sid = kSid + 1}})
        .sync();
  }
  SUBCASE("not read") {
    h.add(trace::StreamBlocked{kSid});
  }
  SUBCASE("read, and not made to abort") {
    h.add(trace::ConfigInvalidated{spec::Opcode::CMD_CFGI_STE, {.sid = kSid}}).sync();
  }
  h.unmap().invalidate_begin().tlbi().sync().invalidate_end();
  CHECK(h.says("invalidation_order", "no ATC invalidation covers it") == needs_one);
}

TEST_CASE("a device without ATS needs no ATC invalidation") {
  History h;
  h.process().bound().unmap().invalidate_begin().tlbi().sync().invalidate_end();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("invalidation_order").checked() == 1);
}

TEST_CASE("a process that is not bound needs no invalidation commands") {
  History h;
  h.process().unmap().invalidate_begin().invalidate_end();
  CHECK(h.violations() == 0);
}

TEST_CASE("a device bound during an invalidation is not checked for it") {
  History h;
  h.process()
      .bound()
      .add(trace::PasidPhase{kSid, kPasid, kMm, kAsid, spec::Phase::kUnbound})
      .unmap()
      .bound()
      .ats_granted();
  h.invalidate_begin().tlbi().sync().invalidate_end();
  CHECK(h.violations() == 0);
}

TEST_CASE("a release invalidates everything, in the same order") {
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

TEST_CASE("a lockstep difference is a violation") {
  History h;
  h.add(trace::CacheLookup{"tbu0_tlb", 7, kVa, spec::LookupStatus::kHit, 0, true})
      .add(trace::CacheFill{"tbu0_tlb", 0, false, kVa, kPa, true});
  CHECK(h.violations() == 0);
  CHECK(h.monitor("cache_lockstep").checked() == 2);
  CHECK(h.monitor("cache_lockstep").verdict() == Verdict::kClean);
  h.add(trace::CacheMismatch{"tbu0_tlb", "pa differs"});
  CHECK(h.says("cache_lockstep", "tbu0_tlb: pa differs"));
  CHECK(h.monitor("cache_lockstep").verdict() == Verdict::kViolation);
}

TEST_CASE("lookups without a comparison give no verdict on the caches") {
  History h;
  h.add(trace::CacheLookup{"tbu0_tlb", 7, kVa, spec::LookupStatus::kHit, 0})
      .add(trace::CacheInvalidate{"tbu0_tlb", spec::InvalidationScope::kAll, 0, 0, 0, 0, 0});
  h.finish();
  CHECK(h.monitor("cache_lockstep").checked() == 0);
  CHECK(h.monitor("cache_lockstep").verdict() == Verdict::kNotJudged);
}

TEST_CASE("a monitor that has seen nothing has no verdict") {
  History h;
  h.finish();
  for (const MonitorInfo& info : monitor_list()) CHECK(h.monitor(info.name).verdict() == Verdict::kNotJudged);
}

TEST_CASE("the earliest violations are kept, even if others are found first") {
  trace::Bus bus([] { return u64{42}; });
  struct Late : Monitor {
    using Monitor::Monitor;
    using Monitor::report;
  } monitor(bus, monitor_list()[0]);
  for (u64 i = 0; i < 2 * Monitor::kKept; ++i) monitor.report(1000 + i, "in time");
  monitor.report(7, "held back");
  CHECK(monitor.violation_count() == 2 * Monitor::kKept + 1);
  CHECK(monitor.violations().size() == Monitor::kKept);
  CHECK(monitor.violations().front().what == "held back");
  CHECK(monitor.violations().back().t_ps == 1000 + Monitor::kKept - 2);
}

TEST_CASE("a TLB invalidation of another world or VMID does not end a mapping") {
  const trace::TlbInvalidated of_page{
      spec::Opcode::CMD_TLBI_NH_VA, 0, kAsid, true, true, kVa, kVa + kPage - 1, 0, 0};
  trace::TlbInvalidated other = of_page;
  SUBCASE("of EL2, with the same ASID") {
    other.world = spec::World::kNsEl2E2h;
  }
  SUBCASE("of another VMID") {
    other.vmid = 5;
  }
  History h;
  h.process().bound().unmap().invalidate_begin().add(other).sync().invalidate_end();
  CHECK(h.says("invalidation_order", "no TLB invalidation covers it"));
}

TEST_CASE("EL2's commands invalidate a process of an EL2 host") {
  History h;
  h.process().add(trace::PasidAllocated{kPasid, kMm});
  h.add(trace::PasidPhase{kSid, kPasid, kMm, kAsid, spec::Phase::kLive, 0, spec::World::kNsEl2E2h});
  h.unmap().invalidate_begin();
  h.add(trace::TlbInvalidated{spec::Opcode::CMD_TLBI_EL2_VA, 0, kAsid, true, true, kVa, kVa + kPage - 1, 0, 0,
                              false, spec::World::kNsEl2E2h});
  h.sync().invalidate_end();
  CHECK(h.violations() == 0);
}

TEST_CASE("a translation obtained without a PASID does not require an ATC invalidation for PASID 0") {
  History h;
  h.process().bound(kMm, 0);
  h.add(trace::AtsCompletion{{.sid = kSid}, kVa, kPa, 12, true, true, spec::DmaStatus::kSuccess});
  h.unmap().invalidate_begin().tlbi().sync().invalidate_end();
  CHECK(h.violations() == 0);
}

TEST_CASE("a violation is announced as a fact when it is found") {
  trace::Bus bus([] { return u64{42}; });
  std::string heard;
  bus.on<trace::Violation>(
      [&](const trace::Violation& v, u64) { heard += std::string(v.monitor) + "|" + v.what; });
  const HistoryMemory memory;
  const auto monitors = make_monitors(bus, {}, memory);
  bus.announce(trace::CacheMismatch{"ep0_atc", "way differs"});
  CHECK(heard == "cache_lockstep|ep0_atc: way differs");
  CHECK(monitors.back()->violations()[0].t_ps == 42);
}

TEST_CASE("every monitor says what it checks and where that is written") {
  trace::Bus bus([] { return u64{0}; });
  const HistoryMemory memory;
  const auto monitors = make_monitors(bus, {}, memory);
  REQUIRE(monitors.size() == monitor_list().size());
  for (std::size_t i = 0; i < monitors.size(); ++i) {
    CHECK(monitors[i]->name() == monitor_list()[i].name);
    CHECK(!monitors[i]->info().description.empty());
    CHECK(!monitors[i]->info().rule.empty());
    CHECK(!monitors[i]->info().section.empty());
  }
}

}  // namespace smmu_vp::tb::test
