// Translation Requests (3.9.1.2) and Translated accesses (3.9.1.3).
#include "tests/unit/core_translator.h"
#include "tlm/core/event_record.h"

namespace smmu_vp::test {

using core::AtsStatus;
using core::Fault;
using enum spec::EventId;
using Silently = core::Decision::Silently;

namespace {

constexpr spec::Intent kRead{.read = true}, kWrite{.write = true}, kBoth{.read = true, .write = true};

std::optional<spec::EventId> recorded(const core::AtsAnswer& a) {
  if (!a.record) return std::nullopt;
  return static_cast<spec::EventId>(spec::evt::Type.get(a.record->w));
}
void check_refused(const core::AtsAnswer& a, AtsStatus status, std::optional<spec::EventId> record) {
  CHECK(a.status == status);
  CHECK(recorded(a) == record);
}
// R = W = 0, for one smallest translation unit.
void check_no_access(const core::AtsAnswer& a) {
  check_refused(a, AtsStatus::kSuccess, std::nullopt);
  CHECK_FALSE(a.translation.read);
  CHECK_FALSE(a.translation.write);
  CHECK(a.translation.log2_size == 12);
  CHECK(a.translation.address == kVa);
}

// Both stages, with completions that return IPAs: VA kVa is IPA 0x9000, which stage 2 maps to kPa.
struct Split : Translating {
  Split() {
    port.found.stream.stage2 = true;
    port.found.stream.eats = spec::ste::kEatsSplit;
    port.walked.ipa = 0x9123;
  }
};

}  // namespace

TEST_CASE("a Translation Request is answered with the PA, the size and the rights of the page") {
  Translating t;
  const core::AtsAnswer a = t.request();
  check_refused(a, AtsStatus::kSuccess, std::nullopt);
  CHECK(a.translation == spec::AtsTranslation{.address = kPa, .log2_size = 12, .read = true, .write = true});
  CHECK(t.port.asked.probe);
  CHECK(t.request({.read = true, .exec = true}).translation.exec);
}

TEST_CASE("ATS that is not enabled is Unsupported Request") {
  Translating t({}, 0);
  check_refused(t.request(), AtsStatus::kUnsupportedRequest, F_BAD_ATS_TREQ);  // SMMUEN 0
  CHECK(t.port.configurations == 0);
  Translating off;
  off.port.found.stream.eats = spec::ste::kEatsAbort;
  check_refused(off.request(), AtsStatus::kUnsupportedRequest, F_BAD_ATS_TREQ);
  off.port.found.stream.path = core::StreamConfig::Path::kAbort;
  check_refused(off.request(), AtsStatus::kUnsupportedRequest, std::nullopt);  // STE.Config 0b000
}

TEST_CASE("errors of configuration and aborted walks are Completer Abort, recorded with REC_CFG_ATS only") {
  Translating t;
  t.port.found.fault = Fault{C_BAD_CD};
  check_refused(t.request(), AtsStatus::kCompleterAbort, std::nullopt);
  t.registers.set_word(reg::CR2, cr2::REC_CFG_ATS);
  check_refused(t.request(), AtsStatus::kCompleterAbort, C_BAD_CD);
  t.port.found.fault.reset();
  t.port.walked.fault = Fault{F_WALK_EABT};
  check_refused(t.request(), AtsStatus::kCompleterAbort, F_WALK_EABT);
}

TEST_CASE("translation faults are Success without rights and never recorded") {
  Translating t;
  t.registers.set_word(reg::CR2, cr2::REC_CFG_ATS);
  for (const spec::EventId event : {F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION}) {
    t.port.walked.fault = Fault{event};
    check_no_access(t.request());
  }
  t.port.walked.fault.reset();
  t.port.walked.translation.rights = {.priv_read = true};  // nothing for the unprivileged
  check_no_access(t.request());
  // Outside the table's range, and stage 2 of a CD's fetch.
  CHECK_FALSE(t.request(kBoth, u64{1} << 48).record);
  t.port.found.fault = Fault{.event = F_TRANSLATION, .s2 = true, .of = spec::evt::kClassCD};
  check_no_access(t.request());
}

TEST_CASE("S1DSS that bypasses the only stage answers the address itself, readable and writable (13.6.4)") {
  Translating t;
  t.without_stage1();
  const core::AtsAnswer a = t.request(kRead, 0x5678);
  CHECK(a.translation ==
        spec::AtsTranslation{.address = 0x5000, .log2_size = 12, .read = true, .write = true});
  CHECK(t.port.looked_up == 0);
}

TEST_CASE("split-stage ATS answers the IPA, and walks for it each time (13.6.3)") {
  Split t;
  t.port.lookups = {Translating::hit()};
  CHECK(t.request().translation.address == 0x9000);
  CHECK(t.port.looked_up == 0);
  CHECK(t.port.walks == 1);
  // Stage 1 skipped: the request names the IPA itself (13.6.5).
  t.without_stage1(true);
  CHECK(t.request(kBoth, kVa + 8).translation.address == kVa);
}

TEST_CASE("translations behind the first have its size, and the list ends at one that has not") {
  Translating t;
  spec::AtsTranslation first = t.request().translation;
  std::array<spec::AtsTranslation, 3> room{};
  CHECK(t.translator().following_translations(Translating::access(kBoth), first, room) == 3);
  CHECK(t.translator().following_translations(Translating::access(kBoth), first, {}) == 0);
  t.port.walked.translation.log2_size = 21;
  CHECK(t.translator().following_translations(Translating::access(kBoth), first, room) == 0);
}

TEST_CASE("a page behind the first is probed for reading before it may be dirtied (3.13.7.1)") {
  Translating t;
  t.port.walked.translation.log2_size = 21;
  std::array<spec::AtsTranslation, 1> room{};
  const spec::AtsTranslation first{.address = kPa};
  CHECK(t.translator().following_translations(Translating::access(kBoth), first, room) == 0);
  CHECK(t.port.walks == 1);
  CHECK_FALSE(t.port.asked.intent.write);
}

TEST_CASE("Translated accesses are forbidden while SMMUEN is 0 and pass unchecked while ATSCHK is 0") {
  Translating disabled({}, 0);
  check_faults(disabled.translated(), F_TRANSL_FORBIDDEN);
  Translating fast({}, cr0::SMMUEN);
  fast.port.found.stream.eats = spec::ste::kEatsAbort;
  check_passes(fast.translated(kWrite), kPa);
  check_aborts(fast.translated(kWrite, u64{1} << 48), Silently::kAddressSize);  // 3.9.1.1
  CHECK(fast.port.streams == 0);
}

TEST_CASE("with ATSCHK a Translated access needs a stream with ATS") {
  Translating t;
  check_passes(t.translated(), kPa);
  t.port.found.stream.eats = spec::ste::kEatsAbort;
  check_faults(t.translated(), F_TRANSL_FORBIDDEN);
  t.port.found.stream.path = core::StreamConfig::Path::kAbort;
  check_aborts(t.translated(), Silently::kConfigAbort);
  t.port.found.fault = Fault{C_BAD_STREAMID};
  check_aborts(t.translated(), Silently::kNotRecordable);
  t.registers.set_word(reg::CR2, cr2::REC_CFG_ATS);  // whatever RECINVSID says (3.9.1.3)
  const core::Decision d = t.translated();
  check_faults(d, C_BAD_STREAMID);
  CHECK(d.met->response.record);
  CHECK(t.port.configurations == 0);
}

TEST_CASE("a Translated access of a split-stage stream is an IPA, without PASID, privilege and instruction") {
  Split t;
  t.without_stage1(true);
  t.port.walked.translation = Translating::page(0x9000, kPa);
  const core::Decision d = t.translated({.read = true, .exec = true, .priv = true}, 0x9010);
  check_passes(d, kPa + 0x10);
  CHECK(d.access.who.pasid == kPasid);
  CHECK(t.port.asked.intent == kRead);
  t.port.found.stream.privcfg = spec::ste::kPrivcfgPrivileged;  // 13.7
  t.port.walked.fault = Fault{.event = F_PERMISSION, .s2 = true};
  const core::Decision refused = t.translated(kWrite, 0x9010);
  check_faults(refused, F_PERMISSION);
  CHECK(refused.access.intent == spec::Intent{.write = true, .priv = true});
  CHECK_FALSE(refused.access.who.ssv());
}

}  // namespace smmu_vp::test
