// The monitors of the driver's contract: page requests, PASID lifetime, phases.
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace {
trace::PageRequestIssued request(u32 index, bool last, bool write = true) {
  return {kSid, kPasid, index, kVa, write, write, last};
}
trace::PrgResponseReceived response(u32 index, u32 code = 0) {
  return {kSid, kPasid, index, code, true};
}
trace::EventRecord event(std::string_view name, bool stall = false) {
  return {name, kSid, kPasid, true, stall, false, kVa, 0, 0, 0, 0};
}
}  // namespace

TEST_CASE("Page-request groups answered once each, an index used again after its answer") {
  History h;
  h.add(request(1, false)).add(request(2, true)).add(request(1, true)).add(response(1)).add(response(2));
  h.add(request(1, true)).add(response(1)).finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("prg_answered").checked() == 3);
}

TEST_CASE("A group that is never answered is found at the end") {
  History h;
  h.add(request(4, true));
  CHECK(h.violations() == 0);
  h.finish();
  CHECK(h.says("prg_answered",
               "page-request group 4 of StreamID 0x100 (PASID 1, 0x7f0000000000) was never answered"));
}

TEST_CASE("A group answered twice is caught") {
  History h;
  h.add(request(4, true)).add(response(4)).add(response(4));
  CHECK(h.says("prg_answered", "answered already"));
}

TEST_CASE("A response before the group's last request is caught") {
  History h;
  h.add(request(4, false)).add(response(4));
  CHECK(h.says("prg_answered", "before its last request"));
}

TEST_CASE("An index used again before its answer is caught") {
  History h;
  h.add(request(4, true)).add(request(4, true));
  CHECK(h.says("prg_answered", "before its answer"));
}

TEST_CASE("A Stop Marker is not answered, and none is missed") {
  History h;
  h.add(request(4, true, false)).finish();
  CHECK(h.violations() == 0);
  h.add(response(4));
  CHECK(h.violations("prg_answered") == 1);
}

TEST_CASE("With PRI off every request of a group is answered Response Failure") {
  History h;
  h.add(request(4, false)).add(request(4, true)).add(response(4, 0xf)).add(response(4, 0xf)).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("After a Response Failure the function's other groups need no answer, and may get one") {
  History h;
  h.add(request(4, true)).add(request(5, true)).add(request(6, false)).add(response(4, 0xf)).add(response(5));
  h.finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("A Response Failure to nobody is caught") {
  History h;
  h.add(response(4, 0xf));
  CHECK(h.says("prg_answered", "never asked"));
}

TEST_CASE("A PASID is unbound once its faults have been answered") {
  History h;
  const trace::PageRequestReceived queued{kSid, kPasid, 3, true, true, true, true, kVa, "queued"};
  const trace::FaultGroupBegin serving{kSid, kPasid, 3, "pri", kVa};
  h.process().bound();
  const char* expected = nullptr;
  SUBCASE("answered") {
    h.add(queued).add(serving).add(trace::FaultGroupEnd{kSid, kPasid, 3, "pri", "Success"});
    h.add(trace::PrgResponseSent{kSid, kPasid, 3, true, "Success"});
  }
  SUBCASE("a Stop Marker needs no answer") {
    h.add(trace::PageRequestReceived{kSid, kPasid, 0, true, true, false, false, 0, "queued"});
  }
  SUBCASE("of another PASID") {
    h.add(trace::PageRequestReceived{kSid, kPasid + 1, 3, true, true, true, true, kVa, "queued"});
    h.add(trace::FaultGroupBegin{kSid, kPasid + 1, 3, "pri", kVa});
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
    h.begin(1).add(trace::Stalled{1, kSid, kPasid, 9, kVa});
    expected = "transaction 1 is stalled at 0x7f0000000000";
  }
  h.phase(3);
  // A stray after the unbind is the system's to refuse, not the driver's to have drained.
  h.add(trace::PageRequestReceived{kSid, kPasid, 8, true, true, true, true, kVa, "queued"});
  if (expected == nullptr) {
    CHECK(h.violations() == 0);
  } else {
    CHECK(h.says("drained_at_unbind", expected));
  }
}

TEST_CASE("A PASID freed with nothing outstanding is clean") {
  History h;
  h.process().bound().begin(1).end(1).add(trace::DeviceJob{kSid, kPasid, 1, "begin"});
  h.add(trace::DeviceJob{kSid, kPasid, 1, "done"}).add(request(1, true)).atc_inv();
  // On its way to the device when the PASID is freed: nobody can know.
  h.add(trace::PrgResponseSent{kSid, kPasid, 1, true, "Success"});
  h.add(trace::FaultGroupBegin{kSid, kPasid, 1, "pri", kVa});
  h.add(trace::FaultGroupEnd{kSid, kPasid, 1, "pri", "Success"});
  h.phase(2).phase(3).add(trace::PasidFreed{kPasid, kMm}).add(response(1)).finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("pasid_freed_clean").checked() == 1);
}

TEST_CASE("A PASID freed with something of it outstanding is caught") {
  History h;
  h.process().bound();
  const char* expected = nullptr;
  SUBCASE("a transaction") {
    h.begin(1).phase(3);
    expected = "transaction 1 of StreamID 0x100 at 0x7f0000000000 is in flight";
  }
  SUBCASE("a stall") {
    h.begin(1).add(trace::Stalled{1, kSid, kPasid, 9, kVa}).phase(3);
    expected = "is stalled";
  }
  SUBCASE("a device job") {
    h.add(trace::DeviceJob{kSid, kPasid, 2, "begin"}).phase(3);
    expected = "job 2 of StreamID 0x100 is running";
  }
  SUBCASE("a page request") {
    h.add(request(6, true)).phase(3);
    expected = "page-request group 6";
  }
  SUBCASE("a fault group") {
    h.add(trace::FaultGroupBegin{kSid, kPasid, 8, "stall", kVa}).phase(3);
    expected = "stall fault group 8";
  }
  SUBCASE("an ATC invalidation") {
    h.add(trace::AtcInvalidateSent{kSid, kPasid, 5, true, 0, 64}).phase(3);
    expected = "the ATC invalidation with tag 5";
  }
  SUBCASE("a device that still has it live") {
    expected = "StreamID 0x100 still has it in phase 1";
  }
  SUBCASE("a device that still has it quiesced") {
    h.phase(2);
    expected = "StreamID 0x100 still has it in phase 2";
  }
  h.add(trace::PasidFreed{kPasid, kMm});
  CHECK(h.says("pasid_freed_clean", expected));
}

TEST_CASE("What belongs to another PASID does not hold one up") {
  History h;
  h.process().bound().add(
      trace::TransactionBegin{1, 0, kSid, kPasid + 1, true, "untranslated", kVa, 64, false});
  h.phase(3).add(trace::PasidFreed{kPasid, kMm});
  CHECK(h.violations() == 0);
}

TEST_CASE("Phase 1 may record events and stall and phase 2 may do neither") {
  History h;
  h.process().bound().begin(1).add(event("F_TRANSLATION", true)).add(trace::Stalled{1, kSid, kPasid, 9, kVa});
  CHECK(h.violations() == 0);
  SUBCASE("event") {
    h.phase(2).add(event("F_TRANSLATION"));
    CHECK(h.says("phase_silence",
                 "F_TRANSLATION at 0x7f0000000000 recorded for StreamID 0x100, PASID 1, in phase 2"));
  }
  SUBCASE("event of a stream without ATS") {
    h.phase(2).add(event("F_BAD_ATS_TREQ"));
    CHECK(h.violations() == 0);
  }
  SUBCASE("stall") {
    h.phase(2).begin(2).add(trace::Stalled{2, kSid, kPasid, 10, kVa});
    CHECK(h.says("phase_silence", "transaction 2 of StreamID 0x100, PASID 1, stalled"));
  }
  SUBCASE("log") {
    h.wait(2'000'000'000).phase(2).add(trace::KernelLog{"err", "accel: page request for PASID 0x1 refused"});
    CHECK(h.says("phase_silence", "the kernel reports PASID 1 in phase 2"));
  }
  SUBCASE("log of something else") {
    h.phase(2).add(trace::KernelLog{"err", "pasid 11: no"}).add(trace::KernelLog{"info", "pasid 1 quiesced"});
    CHECK(h.violations() == 0);
  }
}

TEST_CASE("A stall that began in phase 1 may be resumed in phase 2") {
  History h;
  h.process().bound().begin(1).add(trace::Stalled{1, kSid, kPasid, 9, kVa}).phase(2);
  h.add(trace::Resumed{1, kSid, 9, "retry"}).end(1, "aborted").finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("The report of an event legal in its time may be printed in phase 2") {
  History h;
  h.process()
      .bound()
      .add(event("F_TRANSLATION"))
      .phase(2)
      .add(trace::KernelLog{"err", "F_TRANSLATION ssid: 1"});
  CHECK(h.violations() == 0);
}

TEST_CASE("A configuration error in phase 2 is legal only while the PASID is being unbound") {
  History h;
  h.process().bound().phase(2).add(event("C_BAD_CD"));
  const u64 recorded = h.now();
  SUBCASE("unbind in progress") {
    h.phase(3).add(trace::Operation{"unbind", "", 1, recorded - 500, recorded + 500}).finish();
    CHECK(h.violations() == 0);
  }
  SUBCASE("no unbind") {
    h.finish();
    CHECK(h.says("phase_silence", "C_BAD_CD"));
    CHECK(h.monitor("phase_silence").violations()[0].t_ps == recorded);
  }
}

TEST_CASE("A DMA in phase 3 is aborted and recorded") {
  History h;
  h.process().bound().phase(3).begin(1).add(event("C_BAD_CD")).end(1, "aborted").finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("A DMA in phase 3 that nobody hears of is caught") {
  History h;
  h.process().bound().phase(3).begin(1).end(1, "aborted").finish();
  CHECK(
      h.says("phase_silence", "made 1 untranslated DMAs with PASID 1 in phase 3, but only 0 configuration"));
}

TEST_CASE("A DMA in phase 3 that succeeds is caught") {
  History h;
  h.process().bound().phase(3).begin(1).end(1, "ok");
  CHECK(h.says("phase_silence", "succeeded with PASID 1 in phase 3"));
}

TEST_CASE("A translation request in phase 3 need not be recorded") {
  History h;
  h.process().bound().phase(3).begin(1, "translation_request").end(1, "completer_abort").finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("An event lost to a full queue in phase 3 is no silence") {
  History h;
  trace::EventRecord lost = event("C_BAD_CD");
  lost.dropped = true;
  h.process().bound().phase(3).begin(1).add(lost).end(1, "aborted").finish();
  CHECK(h.violations() == 0);
}

TEST_CASE(
    "An event merged into one like it counts as the record of its DMA in phase 3 and as noise in phase 2") {
  trace::EventRecord merged = event("C_BAD_CD");  // STE.MEV (7.3.1)
  merged.merged = true;
  History loud;
  loud.process().bound().phase(3).begin(1).add(event("C_BAD_CD")).end(1, "aborted");
  loud.begin(2).add(merged).end(2, "aborted").finish();
  CHECK(loud.violations() == 0);
  History silent;
  silent.process().bound().phase(3).begin(1).add(event("C_BAD_CD")).end(1, "aborted");
  silent.begin(2).end(2, "aborted").finish();
  CHECK(silent.violations("phase_silence") == 1);
  merged.name = "F_TRANSLATION";
  History quiesced;
  quiesced.process().bound().add(event("F_TRANSLATION")).phase(2).add(merged).finish();
  CHECK(quiesced.says("phase_silence", "F_TRANSLATION"));
}

TEST_CASE("A DMA that meets the next bind is the new process's affair") {
  History h;
  h.process().bound().phase(3).begin(1).phase(1).end(1, "ok").finish();
  CHECK(h.violations("phase_silence") == 0);
}

TEST_CASE("A DMA after the SMMU was switched off is not missed in the event queue") {
  History h;
  h.process().bound().phase(3).add(trace::RegisterWrite{0x20, 0, 4}).begin(1).end(1, "aborted").finish();
  CHECK(h.violations() == 0);
}

}  // namespace smmu_vp::tb::test
