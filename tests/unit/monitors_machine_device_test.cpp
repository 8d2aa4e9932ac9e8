// What a device may use, and how long: grants by ATS, and what its capabilities allow.
#include "tests/support/commands.h"
#include "tests/support/page_requests.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace {

namespace prg = smmu_vp::test::prg;
namespace cmd = smmu_vp::test::cmd;

using spec::DmaStatus;

trace::FunctionControls enabled() {
  return {.sid = kSid, .pasid = true, .ats = true, .pri = true, .allocation = 2};
}
trace::DeviceAccess access(u64 pa, bool write = false, DmaStatus status = DmaStatus::kSuccess,
                           u64 latency_ps = 100) {
  return {kWho, At::kTranslated, kVa, pa, 64, write, status, latency_ps};
}
trace::DeviceAccess untranslated(DmaStatus status = DmaStatus::kSuccess) {
  return {kWho, At::kUntranslated, kVa, kVa, 64, false, status, 100};
}
trace::AtsCompletion granted(bool write, u64 pa = kPa, u32 log2_size = 12) {
  return {kWho, kVa, pa, log2_size, true, write, DmaStatus::kSuccess};
}
History& invalidated(History& h, spec::Requester who = kWho, u64 va = kVa, u32 log2_size = 12) {
  return h.add(trace::AtcInvalidateReceived{who, 3, va, log2_size})
      .add(trace::AtcInvalidateCompleted{kSid, 3, 1});
}
trace::Command consumed(const cmd::Command& words) {
  return {0, words[0], words[1]};
}
trace::PageRequestReceived arrived(u32 index, trace::PageRequestOutcome outcome) {
  return {kWho, index, true, {.read = true, .write = true}, kVa, outcome};
}

}  // namespace

TEST_CASE("a device may use what it was granted, with the right it was granted, as often as it likes") {
  History h;
  h.add(granted(true)).add(access(kPa)).add(access(kPa + 0xFC0, true)).add(access(kPa));
  CHECK(h.violations("device_grants") == 0);
  CHECK(h.monitor("device_grants").checked() == 3);
}

TEST_CASE("a translated access to what was never granted is named with device, PASID and address") {
  History h;
  h.add(granted(true)).add(access(kPa + kPage));
  CHECK(h.says("device_grants",
               "StreamID 0x100, PASID 1 reads translated address 0x800001000 that no ATS answer granted"));
  const Subject& subject = h.monitor("device_grants").violations()[0].subject;
  CHECK(subject.sid == kSid);
  CHECK(subject.pasid == kPasid);
  CHECK(subject.physical == kPa + kPage);
}

TEST_CASE("another PASID's grant is none, and without a PASID any of the function's will do") {
  History h;
  trace::DeviceAccess other = access(kPa), bare = access(kPa);
  other.who.pasid = kPasid + 1;
  bare.who.pasid.reset();
  h.add(granted(true)).add(bare);
  CHECK(h.violations("device_grants") == 0);
  h.add(other);
  CHECK(h.violations("device_grants") == 1);
}

TEST_CASE("a write where only reading was granted is caught") {
  History h;
  h.add(granted(false)).add(access(kPa, true));
  CHECK(h.says("device_grants",
               "writes translated address 0x800000000, once 0x7f0000000000, where only reading"));
  h.add(granted(true)).add(access(kPa, true));
  CHECK(h.violations("device_grants") == 1);
}

TEST_CASE("a translation used after its Invalidate Completion is caught, and one used before it is not") {
  History h;
  invalidated(h.add(granted(true))).add(access(kPa, false, DmaStatus::kSuccess, 1500));
  CHECK(h.violations("device_grants") == 0);  // it left the device before the Completion
  h.add(access(kPa));
  CHECK(h.says("device_grants", "after it completed the invalidation"));
  h.add(granted(true)).add(access(kPa));
  CHECK(h.violations("device_grants") == 1);
}

TEST_CASE("an invalidation takes exactly what it covers") {
  History h;
  h.add(granted(true));
  SUBCASE("another page") {
    invalidated(h, kWho, kVa + kPage);
  }
  SUBCASE("another PASID") {
    invalidated(h, {kSid, kPasid + 1});
  }
  SUBCASE("another device") {
    h.add(trace::AtcInvalidateReceived{{kSid + 1, kPasid}, 3, kVa, 12});
    h.add(trace::AtcInvalidateCompleted{kSid + 1, 3, 1});
  }
  SUBCASE("received and not completed") {
    h.add(trace::AtcInvalidateReceived{kWho, 3, kVa, 12});
  }
  h.add(access(kPa));
  CHECK(h.violations("device_grants") == 0);
}

TEST_CASE(
    "an invalidation of a page takes a larger grant round it, of everything takes all, without a PASID any") {
  History h;
  h.add(granted(true, kPa, 21));
  SUBCASE("a page in it") {
    invalidated(h, kWho, kVa + 9 * kPage);
  }
  SUBCASE("everything") {
    invalidated(h, kWho, 0, 64);
  }
  SUBCASE("without a PASID") {
    invalidated(h, {.sid = kSid});
  }
  h.add(access(kPa + 5 * kPage));
  CHECK(h.violations("device_grants") == 1);
}

TEST_CASE("an answer that an invalidation overtook grants nothing") {
  History h;
  h.add(trace::AtsRequest{kWho, kVa, false});
  invalidated(h).add(granted(true)).add(access(kPa));
  CHECK(h.violations("device_grants") == 1);
}

TEST_CASE("what a device asks for after it received an Invalidate Request outlasts the completion of that") {
  History h;
  const trace::AtsRequest asks{.who = kWho, .va = kVa, .no_write = false, .translations = 1};
  const trace::AtcInvalidateReceived invalidation{kWho, 3, kVa, 12};
  bool old = false;
  SUBCASE("asked for before") {
    h.add(asks).add(invalidation);
    old = true;
  }
  SUBCASE("asked for after") {
    h.add(invalidation).add(asks);
  }
  h.add(granted(true)).add(trace::AtcInvalidateCompleted{kSid, 3, 1}).add(access(kPa));
  CHECK(h.violations("device_grants") == (old ? 1 : 0));
}

TEST_CASE("the further translations of a completion are grants with their own rights") {
  History h;
  h.add(granted(true)).add(trace::AtsFollowing{kWho, kVa + kPage, kPa + 7 * kPage, 12, true, false});
  h.add(access(kPa + 7 * kPage));
  CHECK(h.violations("device_grants") == 0);
  h.add(access(kPa + 7 * kPage, true));
  CHECK(h.violations("device_grants") == 1);
}

TEST_CASE("a reset and the end of ATS take every grant") {
  History h;
  trace::FunctionControls off = enabled();
  off.ats = false;
  h.add(enabled()).add(granted(true)).add(off).add(enabled()).add(access(kPa));
  CHECK(h.says("device_grants", "or lost ATS"));
}

TEST_CASE("ATS accesses while ATS is disabled are caught, counted from when they left the device") {
  History h;
  trace::FunctionControls off = enabled();
  off.ats = false;
  h.add(enabled()).add(granted(true)).add(off).add(access(kPa, false, DmaStatus::kSuccess, 1500));
  CHECK(h.violations("device_grants") == 0);
  h.add(access(kPa));
  CHECK(h.says("device_grants", "while its ATS was disabled"));
}

TEST_CASE("a PASID used while the PASID capability was disabled is caught") {
  History h;
  trace::FunctionControls off = enabled();
  off.pasid = false;
  h.add(off).add(untranslated());
  CHECK(h.says("device_grants", "while its PASID capability was disabled"));
}

TEST_CASE("what SMMU or root port refuse is counted and no violation") {
  History h;
  h.add(access(kPa, true, DmaStatus::kAborted)).add(access(kPa, true, DmaStatus::kAborted));
  CHECK(h.violations() == 0);
  const auto remarks = h.monitor("device_grants").remarks();
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0] == "StreamID 0x100: 2 translated accesses that no ATS answer granted, all refused");
}

TEST_CASE(
    "DMA with a PASID after its stop is caught until it is told to use it or the context is read anew") {
  History h;
  h.add(trace::PasidUse{kWho, true});
  SUBCASE("stopped") {
    h.add(untranslated());
    CHECK(h.says("device_grants", "after it reported the PASID stopped"));
  }
  SUBCASE("refused") {
    h.add(untranslated(DmaStatus::kAborted));
    CHECK(h.violations() == 0);
  }
  SUBCASE("told to use it") {
    h.add(trace::PasidUse{kWho, false}).add(untranslated());
    CHECK(h.violations("device_grants") == 0);
  }
  SUBCASE("its context is read anew") {
    h.add(consumed(cmd::cfgi_cd(kSid, kPasid))).add(untranslated());
    CHECK(h.violations("device_grants") == 0);
  }
  SUBCASE("another context is read anew") {
    h.add(consumed(cmd::cfgi_cd(kSid, kPasid + 1))).add(untranslated());
    CHECK(h.says("device_grants", "after it reported the PASID stopped"));
  }
}

TEST_CASE("page requests within the allocation, each answered, are as they should be") {
  History h;
  h.add(enabled());
  for (u32 n = 0; n < 10; ++n) {
    h.add(request(1, false)).add(request(1, true)).add(arrived(1, trace::PageRequestOutcome::kQueued));
    h.add(response(1));
  }
  CHECK(h.violations("device_grants") == 0);
}

TEST_CASE("a page request beyond the allocation is caught when it is queued") {
  History h;
  h.add(enabled()).add(request(1, true)).add(request(2, true)).add(request(3, true));
  SUBCASE("queued") {
    h.add(arrived(3, trace::PageRequestOutcome::kQueued));
    CHECK(h.says("device_grants", "asks for page 0x7f0000000000 in group 3 beyond its allocation"));
  }
  SUBCASE("answered by the SMMU") {
    h.add(arrived(3, trace::PageRequestOutcome::kAutoResponse));
    CHECK(h.violations("device_grants") == 0);
    CHECK(h.monitor("device_grants").remarks().size() == 1);
  }
}

TEST_CASE(
    "page requests while PRI is disabled and after a Response Failure are caught until it is enabled again") {
  History h;
  trace::FunctionControls off = enabled();
  off.pri = false;
  SUBCASE("disabled") {
    h.add(off).add(request(1, true)).add(arrived(1, trace::PageRequestOutcome::kQueued));
    CHECK(h.says("device_grants", "while its PRI was disabled"));
  }
  SUBCASE("failed") {
    h.add(enabled()).add(request(1, true)).add(response(1, prg::kResponseFailure)).add(request(2, true));
    h.add(arrived(2, trace::PageRequestOutcome::kQueued));
    CHECK(h.says("device_grants", "after a Response Failure"));
  }
  SUBCASE("enabled again") {
    h.add(enabled())
        .add(request(1, true))
        .add(response(1, prg::kResponseFailure))
        .add(off)
        .add(enabled())
        .add(request(2, true));
    h.add(arrived(2, trace::PageRequestOutcome::kQueued));
    CHECK(h.violations("device_grants") == 0);
  }
}

TEST_CASE("violations that a scenario expects of a stream are counted and held against nobody") {
  trace::Bus bus([] { return u64{7}; });
  HistoryMemory memory;
  const auto monitors = make_monitors(bus, {}, memory);
  const auto grants = std::find_if(monitors.begin(), monitors.end(),
                                   [](const auto& m) { return m->name() == "device_grants"; });
  REQUIRE(grants != monitors.end());
  Monitor& monitor = **grants;
  monitor.expect(kSid);
  trace::DeviceAccess other = access(kPa);
  other.who.sid = kSid + 1;
  bus.announce(access(kPa));
  CHECK(monitor.verdict() == Verdict::kClean);
  bus.announce(other);
  CHECK(monitor.violation_count() == 1);
  CHECK(monitor.expected().at(kSid) == 1);
}

}  // namespace smmu_vp::tb::test
