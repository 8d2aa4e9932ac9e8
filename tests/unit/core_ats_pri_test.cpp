// The response tables of 3.9.1.2 and 3.9.1.3, the permissions of 13.7, and automatic PRG responses
// of 8.1, 8.2.
#include <doctest/doctest.h>

#include <string>
#include "tests/support/page_requests.h"

#include "tlm/core/ats.h"
#include "tlm/core/pri.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

namespace {

Configuration valid(u8 eats = 1, StreamConfig::Path path = StreamConfig::Path::kStage1) {
  Configuration c;
  c.stream_valid = true;
  c.stage1 = path == StreamConfig::Path::kStage1;
  c.stream.path = path;
  c.stream.eats = eats;
  return c;
}
Configuration faulty(spec::EventId event, bool stream_valid = false) {
  Configuration c = stream_valid ? valid() : Configuration{};
  c.fault = Fault{event};
  return c;
}

}  // namespace

TEST_CASE("a translation request without ATS service gets UR, recorded unless Config is 0b000") {
  const auto off = decide_translation_request(nullptr, false, true);
  CHECK(off.status == AtsStatus::kUnsupportedRequest);
  CHECK(off.event == F_BAD_ATS_TREQ);
  const Configuration no_eats = valid(0);
  CHECK(decide_translation_request(&no_eats, false, true).status == AtsStatus::kUnsupportedRequest);
  CHECK(decide_translation_request(&no_eats, false, true).event == F_BAD_ATS_TREQ);
  const Configuration abort = valid(0, StreamConfig::Path::kAbort);
  CHECK(decide_translation_request(&abort, false, true).status == AtsStatus::kUnsupportedRequest);
  CHECK_FALSE(decide_translation_request(&abort, false, true).event.has_value());
  const Configuration on = valid();
  CHECK(decide_translation_request(&on, false, true).translate);
}

TEST_CASE("a translation request that meets a configuration error gets CA, recorded with REC_CFG_ATS only") {
  for (const spec::EventId event : {C_BAD_STREAMID, F_STE_FETCH, C_BAD_STE}) {
    const Configuration c = faulty(event);
    CHECK(decide_translation_request(&c, false, true).status == AtsStatus::kCompleterAbort);
    CHECK_FALSE(decide_translation_request(&c, false, true).event.has_value());
    CHECK(decide_translation_request(&c, true, true).event == event);
  }
  for (const spec::EventId event : {C_BAD_SUBSTREAMID, F_STREAM_DISABLED, F_CD_FETCH, C_BAD_CD}) {
    const Configuration c = faulty(event, true);
    CHECK(decide_translation_request(&c, false, true).status == AtsStatus::kCompleterAbort);
    CHECK(decide_translation_request(&c, true, false).event == event);
  }
  const Configuration sid = faulty(C_BAD_STREAMID);
  CHECK_FALSE(decide_translation_request(&sid, true, false).event.has_value());  // RECINVSID
}

TEST_CASE("a disabled ATS service is reported before the SubstreamID and the CD are checked") {
  Configuration c = faulty(C_BAD_CD, true);
  c.stream.eats = 0;
  CHECK(decide_translation_request(&c, true, true).status == AtsStatus::kUnsupportedRequest);
}

TEST_CASE("translation faults answer Success without rights and without a record, a walk's abort CA") {
  for (const spec::EventId event : {F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION}) {
    CHECK(answer_translation_fault({event}, true).status == AtsStatus::kSuccess);
    CHECK_FALSE(answer_translation_fault({event}, true).event.has_value());
  }
  CHECK(answer_translation_fault({F_WALK_EABT}, false).status == AtsStatus::kCompleterAbort);
  CHECK_FALSE(answer_translation_fault({F_WALK_EABT}, false).event.has_value());
  CHECK(answer_translation_fault({F_WALK_EABT}, true).event == F_WALK_EABT);
}

TEST_CASE("the permissions granted are those of the examples of 13.7") {
  const Rights ro_rw_x{true, false, true, true, true, true};    // User-RO, Priv-RW, XN 0
  const Rights rw_rw_x{true, true, true, true, true, false};    // User-RW, Priv-RW, XN 0
  const Rights rw_rw_xn{true, true, false, true, true, false};  // XN 1
  const Rights x_rw{false, false, true, true, true, false};     // User-X, Priv-RW
  const auto grant = [](const Rights& r, bool exec, bool priv, u8 instcfg = 0, u8 privcfg = 0) {
    StreamConfig s;
    s.instcfg = instcfg;
    s.privcfg = privcfg;
    const AtsPermissions p = granted(r, s, exec, priv);
    return std::string{p.read ? 'R' : '-', p.write ? 'W' : '-', p.exec ? 'X' : '-'};
  };
  CHECK(grant(ro_rw_x, false, false) == "R--");
  CHECK(grant(rw_rw_x, false, false) == "RW-");
  CHECK(grant(ro_rw_x, false, true) == "RW-");
  CHECK(grant(rw_rw_xn, true, false) == "RW-");
  CHECK(grant(rw_rw_x, true, false) == "RWX");
  CHECK(grant(x_rw, true, false) == "---");
  CHECK(grant(x_rw, true, false, 3) == "R-X");        // INSTCFG Instruction makes X readable
  CHECK(grant(rw_rw_xn, true, false, 2) == "RWX");    // INSTCFG Data: what can be read
  CHECK(grant(ro_rw_x, false, true, 0, 2) == "R--");  // PRIVCFG Unprivileged
  CHECK(grant(ro_rw_x, false, false, 0, 3) == "RW-");
}

TEST_CASE("the STE decides whether Translated transactions are forbidden, silently aborted, or passed") {
  const Configuration on = valid(), off = valid(0), bypass = valid(0, StreamConfig::Path::kBypass),
                      abort = valid(0, StreamConfig::Path::kAbort), bad = faulty(C_BAD_STREAMID);
  const Configuration split = valid(2);
  using enum TranslatedDecision::Way;
  const auto records = [](const TranslatedDecision& d, spec::EventId event) {
    return d.way == kRecord && d.event == event;
  };
  CHECK(records(decide_translated(false, true, nullptr, false), F_TRANSL_FORBIDDEN));
  CHECK(decide_translated(true, true, nullptr, false).way == kPass);  // ATSCHK 0
  CHECK(decide_translated(true, true, &on, false).way == kPass);
  CHECK(decide_translated(true, true, &split, false).way == kStage2);
  for (const Configuration* c : {&off, &bypass})
    CHECK(records(decide_translated(true, true, c, false), F_TRANSL_FORBIDDEN));
  CHECK(decide_translated(true, true, &abort, true).way == kAbort);
  CHECK(decide_translated(true, true, &bad, false).way == kAbort);
  CHECK(records(decide_translated(true, true, &bad, true), C_BAD_STREAMID));
}

TEST_CASE("a page request record carries the request's fields, and Stop Markers are recognised") {
  const auto record = page_request_record({.asked = {.who = {0x1234, 0xABCDE},
                                                     .address = 0x7F12'3456'7FFF,
                                                     .intent = {.read = true, .write = true, .priv = true}},
                                           .prg_index = 0x1FF,
                                           .last = true});
  CHECK(record.w ==
        ppr::entry(0x1234, 0xABCDE, 0x7F12'3456'7000, 0x1FF, ppr::kLast | ppr::kR | ppr::kW | ppr::kPriv));
  // Without a PASID neither Priv nor X, and Last alone is no Stop Marker.
  const PageRequestMessage plain{.asked = {.who = {.sid = 1}, .intent = {.exec = true, .priv = true}},
                                 .last = true};
  CHECK(page_request_record(plain).w == ppr::entry(1, {}, 0, 0, ppr::kLast));
  CHECK(answer_when_unavailable(plain).has_value());
  const PageRequestMessage stop{.asked = {.who = {1, 2}}, .last = true, .stop_marker = true};
  CHECK_FALSE(answer_when_unavailable(stop).has_value());
  CHECK_FALSE(answer_on_overflow(stop, true).has_value());
}

TEST_CASE("the cause of an automatic response determines its code and its PASID") {
  using spec::ResponseCode;
  const PageRequestMessage last{.asked = {.who = {1, 2}, .intent = {.read = true}}, .last = true};
  const PageRequestMessage more{.asked = {.who = {1, 2}, .intent = {.read = true}}};
  const PageRequestMessage plain{.asked = {.who = {.sid = 1}, .intent = {.read = true}}, .last = true};
  CHECK(answer_when_unavailable(last)->code == ResponseCode::kResponseFailure);
  CHECK_FALSE(answer_when_unavailable(last)->with_pasid);
  CHECK_FALSE(answer_on_overflow(more, true).has_value());
  CHECK(answer_on_overflow(last, true)->code == ResponseCode::kSuccess);
  CHECK(answer_on_overflow(last, true)->with_pasid);
  CHECK_FALSE(answer_on_overflow(last, false)->with_pasid);
  CHECK(answer_on_overflow(last, std::nullopt)->code == ResponseCode::kResponseFailure);
  CHECK(answer_on_overflow(plain, std::nullopt)->code == ResponseCode::kSuccess);
  CHECK_FALSE(answer_on_overflow(plain, std::nullopt)->with_pasid);
}

}  // namespace smmu_vp::test
