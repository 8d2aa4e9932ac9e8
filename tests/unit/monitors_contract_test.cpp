// The monitors of the driver's contract: page requests, PASID lifetime, phases.
#include "tests/support/registers.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace {
trace::EventRecord event(EventId id, bool stall = false) {
  return {id, kWho, stall, false, kVa, 0, 0, 0, 0};
}
}  // namespace

TEST_CASE("a PASID is unbound once its faults have been answered") {
  History h;
  const trace::PageRequestReceived queued{
      kWho, 3, true, {.read = true, .write = true}, kVa, trace::PageRequestOutcome::kQueued};
  const trace::FaultGroupBegin serving{kSid, kPasid, 3, trace::FaultSource::kPri, kVa};
  h.process().bound();
  const char* expected = nullptr;
  SUBCASE("answered") {
    h.add(queued).add(serving).add(
        trace::FaultGroupEnd{kSid, kPasid, 3, trace::FaultSource::kPri, trace::FaultResponse::kSuccess});
    h.add(trace::PrgResponseSent{kWho, 3, spec::ResponseCode::kSuccess});
  }
  SUBCASE("a Stop Marker needs no answer") {
    h.add(trace::PageRequestReceived{kWho, 0, true, {}, 0, trace::PageRequestOutcome::kQueued});
  }
  SUBCASE("of another PASID") {
    h.add(trace::PageRequestReceived{
        {kSid, kPasid + 1}, 3, true, {.read = true, .write = true}, kVa, trace::PageRequestOutcome::kQueued});
    h.add(trace::FaultGroupBegin{kSid, kPasid + 1, 3, trace::FaultSource::kPri, kVa});
  }
  SUBCASE("queued and not answered") {
    h.add(queued);
    expected = "PASID 1 was unbound from StreamID 0x100 while page-request group 3 is unanswered";
  }
  SUBCASE("being served") {
    h.add(serving);
    expected = "PRI fault group 3 is being served";
  }
  SUBCASE("stalled") {
    h.begin(1).add(trace::Stalled{1, kWho, 9, kVa});
    expected = "transaction 1 is stalled at 0x7f0000000000";
  }
  h.unbound();
  // A stray request after the unbind must be refused, but need not have been drained.
  h.add(trace::PageRequestReceived{
      kWho, 8, true, {.read = true, .write = true}, kVa, trace::PageRequestOutcome::kQueued});
  if (expected == nullptr) {
    CHECK(h.violations() == 0);
  } else {
    CHECK(h.says("drained_at_unbind", expected));
  }
}

TEST_CASE("a PASID freed with nothing outstanding is clean") {
  History h;
  h.process().bound().begin(1).end(1).add(trace::DeviceJob{kWho, 1, trace::JobState::kBegin});
  h.add(trace::DeviceJob{kWho, 1, trace::JobState::kDone}).add(request(1, true)).atc_inv();
  // In flight to the device when the PASID is freed: software cannot know.
  h.add(trace::PrgResponseSent{kWho, 1, spec::ResponseCode::kSuccess});
  h.add(trace::FaultGroupBegin{kSid, kPasid, 1, trace::FaultSource::kPri, kVa});
  h.add(trace::FaultGroupEnd{kSid, kPasid, 1, trace::FaultSource::kPri, trace::FaultResponse::kSuccess});
  h.quiesced().unbound().add(trace::PasidFreed{kPasid, kMm}).add(response(1)).finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("pasid_freed_clean").checked() == 1);
}

TEST_CASE("a PASID freed with something of it outstanding is caught") {
  History h;
  h.process().bound();
  const char* expected = nullptr;
  SUBCASE("a transaction") {
    h.begin(1).unbound();
    expected = "transaction 1 of StreamID 0x100 at 0x7f0000000000 is in flight";
  }
  SUBCASE("a stall") {
    h.begin(1).add(trace::Stalled{1, kWho, 9, kVa}).unbound();
    expected = "is stalled";
  }
  SUBCASE("a device job") {
    h.add(trace::DeviceJob{kWho, 2, trace::JobState::kBegin}).unbound();
    expected = "job 2 of StreamID 0x100 is running";
  }
  SUBCASE("a page request") {
    h.add(request(6, true)).unbound();
    expected = "page-request group 6";
  }
  SUBCASE("a fault group") {
    h.add(trace::FaultGroupBegin{kSid, kPasid, 8, trace::FaultSource::kStall, kVa}).unbound();
    expected = "stall fault group 8";
  }
  SUBCASE("an ATC invalidation") {
    h.add(trace::AtcInvalidateSent{kWho, 5, 0, 64}).unbound();
    expected = "the ATC invalidation with tag 5";
  }
  SUBCASE("a device that still has it live") {
    expected = "StreamID 0x100 still has it in phase 1";
  }
  SUBCASE("a device that still has it quiesced") {
    h.quiesced();
    expected = "StreamID 0x100 still has it in phase 2";
  }
  h.add(trace::PasidFreed{kPasid, kMm});
  CHECK(h.says("pasid_freed_clean", expected));
}

TEST_CASE("outstanding work of another PASID does not matter") {
  History h;
  h.process().bound().add(
      trace::TransactionBegin{1, 0, {kSid, kPasid + 1}, At::kUntranslated, kVa, 64, false});
  h.unbound().add(trace::PasidFreed{kPasid, kMm});
  CHECK(h.violations() == 0);
}

TEST_CASE("if stalling is forced phase 2 may stall and record, but not record without a stall") {
  History h({.stalls_forced = true});
  h.process().bound().quiesced().begin(1);
  h.add(event(EventId::F_TRANSLATION, true)).add(trace::Stalled{1, kWho, 9, kVa});
  CHECK(h.violations() == 0);
  h.add(event(EventId::F_TRANSLATION));
  CHECK(h.says("phase_silence", "F_TRANSLATION at 0x7f0000000000 recorded for StreamID 0x100, PASID 1"));
}

TEST_CASE("phase 1 may record events and stall, phase 2 may not") {
  History h;
  h.process().bound().begin(1).add(event(EventId::F_TRANSLATION, true)).add(trace::Stalled{1, kWho, 9, kVa});
  CHECK(h.violations() == 0);
  SUBCASE("event") {
    h.quiesced().add(event(EventId::F_TRANSLATION));
    CHECK(h.says("phase_silence",
                 "F_TRANSLATION at 0x7f0000000000 recorded for StreamID 0x100, PASID 1, in phase 2"));
  }
  SUBCASE("event of a stream without ATS") {
    h.quiesced().add(event(EventId::F_BAD_ATS_TREQ));
    CHECK(h.violations() == 0);
  }
  SUBCASE("stall") {
    h.quiesced().begin(2).add(trace::Stalled{2, kWho, 10, kVa});
    CHECK(h.says("phase_silence", "transaction 2 of StreamID 0x100, PASID 1, stalled"));
  }
  SUBCASE("log") {
    h.wait(2'000'000'000)
        .quiesced()
        .add(trace::KernelLog{trace::LogLevel::kErr, "accel: page request for PASID 0x1 refused"});
    CHECK(h.says("phase_silence", "the kernel reports PASID 1 in phase 2"));
  }
  SUBCASE("log of something else") {
    h.quiesced()
        .add(trace::KernelLog{trace::LogLevel::kErr, "pasid 11: no"})
        .add(trace::KernelLog{trace::LogLevel::kInfo, "pasid 1 quiesced"});
    CHECK(h.violations() == 0);
  }
}

TEST_CASE("a stall that began in phase 1 may be resumed in phase 2") {
  History h;
  h.process().bound().begin(1).add(trace::Stalled{1, kWho, 9, kVa}).quiesced();
  h.add(trace::Resumed{1, kSid, 9, spec::StallAction::kRetry}).end(1, TransactionResult::kAborted).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a log line about a legal earlier event may be printed in phase 2") {
  History h;
  h.process()
      .bound()
      .add(event(EventId::F_TRANSLATION))
      .quiesced()
      .add(trace::KernelLog{trace::LogLevel::kErr, "F_TRANSLATION ssid: 1"});
  CHECK(h.violations() == 0);
}

TEST_CASE("a configuration error in phase 2 is legal only while the PASID is being unbound") {
  History h;
  h.process().bound().quiesced().add(event(EventId::C_BAD_CD));
  const u64 recorded = h.now();
  SUBCASE("unbind in progress") {
    h.unbound().add(trace::Operation{"unbind", "", 1, recorded - 500, recorded + 500}).finish();
    CHECK(h.violations() == 0);
  }
  SUBCASE("no unbind") {
    h.finish();
    CHECK(h.says("phase_silence", "C_BAD_CD"));
    CHECK(h.monitor("phase_silence").violations()[0].t_ps == recorded);
  }
}

TEST_CASE("a DMA in phase 3 is aborted and recorded") {
  History h;
  h.process()
      .bound()
      .unbound()
      .begin(1)
      .add(event(EventId::C_BAD_CD))
      .end(1, TransactionResult::kAborted)
      .finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a DMA in phase 3 that leaves no record is caught") {
  History h;
  h.process().bound().unbound().begin(1).end(1, TransactionResult::kAborted).finish();
  CHECK(
      h.says("phase_silence", "made 1 untranslated DMAs with PASID 1 in phase 3, but only 0 configuration"));
}

TEST_CASE("a DMA in phase 3 that succeeds is caught") {
  History h;
  h.process().bound().unbound().begin(1).end(1, TransactionResult::kOk);
  CHECK(h.says("phase_silence", "succeeded with PASID 1 in phase 3"));
}

TEST_CASE("a translation request in phase 3 need not be recorded") {
  History h;
  h.process()
      .bound()
      .unbound()
      .begin(1, At::kTranslationRequest)
      .end(1, TransactionResult::kCompleterAbort)
      .finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("an event lost to a full queue counts as recorded in phase 3") {
  History h;
  trace::EventRecord lost = event(EventId::C_BAD_CD);
  lost.dropped = true;
  h.process().bound().unbound().begin(1).add(lost).end(1, TransactionResult::kAborted).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a merged event counts as its DMA's record in phase 3 and as a violation in phase 2") {
  trace::EventRecord merged = event(EventId::C_BAD_CD);  // STE.MEV (7.3.1)
  merged.merged = true;
  History loud;
  loud.process().bound().unbound().begin(1).add(event(EventId::C_BAD_CD)).end(1, TransactionResult::kAborted);
  loud.begin(2).add(merged).end(2, TransactionResult::kAborted).finish();
  CHECK(loud.violations() == 0);
  History silent;
  silent.process()
      .bound()
      .unbound()
      .begin(1)
      .add(event(EventId::C_BAD_CD))
      .end(1, TransactionResult::kAborted);
  silent.begin(2).end(2, TransactionResult::kAborted).finish();
  CHECK(silent.violations("phase_silence") == 1);
  merged.id = EventId::F_TRANSLATION;
  History quiesced;
  quiesced.process().bound().add(event(EventId::F_TRANSLATION)).quiesced().add(merged).finish();
  CHECK(quiesced.says("phase_silence", "F_TRANSLATION"));
}

TEST_CASE("a DMA that overlaps the next bind is not checked against phase 3") {
  History h;
  h.process().bound().unbound().begin(1).live().end(1, TransactionResult::kOk).finish();
  CHECK(h.violations("phase_silence") == 0);
}

TEST_CASE("a DMA after the SMMU was disabled needs no event record") {
  History h;
  h.process()
      .bound()
      .unbound()
      .add(trace::RegisterWrite{smmu_vp::test::reg::CR0, 0, 4})
      .begin(1)
      .end(1, TransactionResult::kAborted)
      .finish();
  CHECK(h.violations() == 0);
}

}  // namespace smmu_vp::tb::test
