// The monitor of page-request groups. For all monitors, a response only counts if the device accepts it.
#include "tests/support/page_requests.h"
#include "tests/unit/monitors_history.h"

namespace smmu_vp::tb::test {

namespace {

namespace prg = smmu_vp::test::prg;

// A response of the SMMU without a PASID.
trace::PrgResponseReceived without_pasid(u32 index, u32 code = 0) {
  return {.who = {.sid = kSid}, .prg_index = index, .code = code, .expected = false};
}
}  // namespace

TEST_CASE("page-request groups answered once each, an index used again after its answer") {
  History h;
  h.add(request(1, false)).add(request(2, true)).add(request(1, true)).add(response(1)).add(response(2));
  h.add(request(1, true)).add(response(1)).finish();
  CHECK(h.violations() == 0);
  CHECK(h.monitor("prg_answered").checked() == 3);
}

TEST_CASE("a group that is never answered is found at the end") {
  History h;
  h.add(request(4, true));
  CHECK(h.violations() == 0);
  h.finish();
  CHECK(h.says("prg_answered",
               "page-request group 4 of StreamID 0x100 (PASID 1, 0x7f0000000000) was never answered"));
}

TEST_CASE("a group answered twice is caught") {
  History h;
  h.add(request(4, true)).add(response(4)).add(response(4));
  CHECK(h.says("prg_answered", "answered already"));
}

TEST_CASE("a response before the group's last request is caught") {
  History h;
  h.add(request(4, false)).add(response(4));
  CHECK(h.says("prg_answered", "before its last request"));
}

TEST_CASE("an index used again before its answer is caught") {
  History h;
  h.add(request(4, true)).add(request(4, true));
  CHECK(h.says("prg_answered", "before its answer"));
}

TEST_CASE("a Stop Marker is not answered, and none is missed") {
  History h;
  h.add(request(4, true, false)).finish();
  CHECK(h.violations() == 0);
  h.add(response(4));
  CHECK(h.violations("prg_answered") == 1);
}

TEST_CASE("with PRI off every request of a group is answered Response Failure") {
  History h;
  h.add(request(4, false))
      .add(request(4, true))
      .add(response(4, prg::kResponseFailure))
      .add(response(4, prg::kResponseFailure))
      .finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("after a Response Failure the function's other groups need no answer, and may get one") {
  History h;
  h.add(request(4, true))
      .add(request(5, true))
      .add(request(6, false))
      .add(response(4, prg::kResponseFailure))
      .add(response(5));
  h.finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a Response Failure without a group is caught") {
  History h;
  h.add(response(4, prg::kResponseFailure));
  CHECK(h.says("prg_answered", "never asked"));
}

TEST_CASE(
    "a response without the PASID that the function requires is caught, and the right one after it is not") {
  History h;
  h.add(request(4, true)).add(without_pasid(4));
  CHECK(h.says("prg_answered",
               "a response for page-request group 4 of StreamID 0x100 (no PASID) comes without "
               "PASID 1, which the function requires: the device refuses it and keeps waiting"));
  h.add(response(4)).finish();
  CHECK(h.violations() == 1);
}

TEST_CASE("a group whose only response the function refuses was never answered") {
  History h;
  h.add(request(4, true)).add(without_pasid(4)).finish();
  CHECK(h.violations("prg_answered") == 2);
  CHECK(h.monitor("prg_answered").violations()[1].what.find("was never answered") != std::string::npos);
}

TEST_CASE("a response with another PASID than its group's is caught, and answers no group") {
  History h;
  trace::PrgResponseReceived other = response(4);
  other.who.pasid = kPasid + 1;
  h.add(request(4, true)).add(other);
  CHECK(h.says("prg_answered", "with PASID 2 and not 1"));
  h.add(response(4)).finish();
  CHECK(h.violations() == 1);
}

TEST_CASE("a function that requires no PASID in its responses is answered with or without one") {
  for (const bool with : {false, true}) {
    History h;
    trace::PageRequestIssued undemanding = request(4, true);
    undemanding.response_needs_pasid = false;
    h.add(undemanding).add(with ? response(4) : without_pasid(4)).finish();
    CHECK(h.violations() == 0);
  }
}

TEST_CASE("a Response Failure needs no PASID, as the host may not know whose request it fails") {
  History h;
  h.add(request(4, true)).add(request(5, true)).add(without_pasid(4, prg::kResponseFailure)).finish();
  CHECK(h.violations() == 0);
}

TEST_CASE("a Response Failure with another PASID is refused and fails nothing") {
  History h;
  trace::PrgResponseReceived other = response(4, prg::kResponseFailure);
  other.who.pasid = kPasid + 1;
  h.add(request(4, true)).add(request(5, true)).add(other).add(response(4)).add(response(5)).finish();
  CHECK(h.says("prg_answered", "with PASID 2 and not 1"));
}

TEST_CASE("a reserved response code is caught, and ends the function's groups as a Response Failure does") {
  History h;
  h.add(request(4, true)).add(request(5, true)).add(response(4, 5)).finish();
  CHECK(h.says("prg_answered", "reserved code 0x5"));
}

TEST_CASE("a request for no rights without a PASID is no Stop Marker and needs an answer") {
  History h;
  trace::PageRequestIssued bare = request(4, true, false);
  bare.who.pasid.reset();
  bare.response_needs_pasid = false;
  h.add(bare);
  SUBCASE("answered") {
    h.add(without_pasid(4)).finish();
    CHECK(h.violations() == 0);
  }
  SUBCASE("not answered") {
    h.finish();
    CHECK(h.says("prg_answered", "(no PASID, 0x7f0000000000) was never answered"));
    CHECK(!h.monitor("prg_answered").violations()[0].subject.pasid);
  }
}

TEST_CASE("a response that the function refuses drains nothing and leaves its PASID in use") {
  History h;
  const trace::PageRequestReceived queued{
      kWho, 3, true, {.read = true, .write = true}, kVa, trace::PageRequestOutcome::kQueued};
  h.process().bound().add(request(3, true)).add(queued);
  h.add(trace::PrgResponseSent{{.sid = kSid}, 3, spec::ResponseCode::kSuccess});
  h.quiesced().unbound().add(trace::PasidFreed{kPasid, kMm});
  CHECK(h.says("drained_at_unbind", "page-request group 3 is unanswered"));
  CHECK(h.says("pasid_freed_clean", "page-request group 3 of StreamID 0x100 is unanswered"));
}

TEST_CASE("a page request without a PASID is not PASID 0's") {
  History h;
  trace::PageRequestIssued bare = request(3, true);
  bare.who.pasid.reset();
  h.process().bound(kMm, 0).add(bare);
  h.add(trace::PageRequestReceived{
      {.sid = kSid}, 3, true, {.read = true, .write = true}, kVa, trace::PageRequestOutcome::kQueued});
  h.quiesced(kMm, 0).unbound(kMm, 0).add(trace::PasidFreed{0, kMm});
  CHECK(h.violations() == 0);
}

}  // namespace smmu_vp::tb::test
