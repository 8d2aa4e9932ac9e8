// Ordinary accesses (chapter 15): while the SMMU is disabled, as configured, and through the TLB.
#include "tests/unit/core_translator.h"

namespace smmu_vp::test {

using core::Fault;
using core::LookupStatus;
using enum spec::EventId;
using Silently = core::Decision::Silently;

namespace {

constexpr spec::Intent kRead{.read = true}, kWrite{.write = true}, kFetch{.read = true, .exec = true};

core::SmmuFeatures oas(unsigned bits) {
  core::SmmuFeatures f;
  f.oas_bits = bits;
  return f;
}

}  // namespace

TEST_CASE("while SMMUEN is 0 an access passes unchanged, up to the output size, and nothing is looked up") {
  Translating t(oas(32), 0);
  check_passes(t.untranslated(kRead, 0xFFFF'FFFF), 0xFFFF'FFFF);
  check_aborts(t.untranslated(kRead, 0x1'0000'0000), Silently::kAddressSize);
  CHECK(t.port.configurations == 0);
}

TEST_CASE("while SMMUEN is 0 GBPA aborts, or overrides what goes out") {
  Translating t({}, 0);
  t.registers.write(reg::GBPA, spec::RegisterSize::k32,
                    gbpa::Update | gbpa::privcfg(0b11) | gbpa::instcfg(0b11));
  const core::Decision d = t.untranslated(kRead);
  check_passes(d, kVa + 0x123);
  CHECK(d.access.intent == spec::Intent{.read = true, .exec = true, .priv = true});
  CHECK_FALSE(t.untranslated(kWrite).access.intent.exec);  // writes are data (13.7)
  t.registers.write(reg::GBPA, spec::RegisterSize::k32, gbpa::Update | gbpa::ABORT);
  check_aborts(t.untranslated(kRead), Silently::kGbpaAbort);
}

TEST_CASE("STE.Config 0b000 aborts without a record, and bypass takes addresses up to the output size") {
  Translating t;
  t.without_stage1();
  check_passes(t.untranslated(), kVa + 0x123);
  const core::Decision d = t.untranslated(kRead, u64{1} << 48);
  check_faults(d, F_ADDR_SIZE);  // 3.4: of stage 1, which is not there
  CHECK_FALSE(d.met->fault.s2);
  CHECK(d.met->response.record);
  CHECK_FALSE(d.met->response.stall);
  t.port.found.stream.path = core::StreamConfig::Path::kAbort;
  check_aborts(t.untranslated(), Silently::kConfigAbort);
}

TEST_CASE("an error of configuration is recorded with the attributes that a valid STE leaves") {
  Translating t;
  t.port.found.stream.privcfg = spec::ste::kPrivcfgPrivileged;
  t.port.found.fault = Fault{C_BAD_CD};
  const core::Decision d = t.untranslated();
  check_faults(d, C_BAD_CD);
  CHECK(d.access.intent.priv);
  CHECK(d.met->response.record);
  t.port.found.fault = Fault{C_BAD_STREAMID};
  CHECK_FALSE(t.untranslated().met->response.record);
  t.registers.set_word(reg::CR2, cr2::RECINVSID);  // 6.3.12.2
  CHECK(t.untranslated().met->response.record);
}

TEST_CASE("an address outside its table's range is F_TRANSLATION, as the CD's fault model answers") {
  Translating t;
  t.port.found.context.fault_model = {.abort = false, .record = false, .stall = false};
  const core::Decision d = t.untranslated(kRead, u64{1} << 48);
  check_faults(d, F_TRANSLATION);
  CHECK(d.met->response.raz_wi);
  CHECK_FALSE(d.met->response.record);
  CHECK(t.port.looked_up == 0);
  t.port.found.context.fault_model.stall = true;
  CHECK(t.untranslated(kRead, u64{1} << 48).met->response.stall);
}

TEST_CASE("a TLB hit that permits the access needs no walk") {
  Translating t;
  t.port.lookups = {Translating::hit()};
  const core::Decision d = t.untranslated();
  check_passes(d, kPa + 0x123);
  CHECK(d.asid == 0x42);
  CHECK(t.port.walks == 0);
  CHECK(t.port.misses_told == 0);
}

TEST_CASE("a miss is walked and fills unless the walk faults") {
  Translating t;
  check_passes(t.untranslated(), kPa + 0x123);
  CHECK(t.port.fills == 1);
  CHECK(t.port.empty_fills == 0);
  CHECK(t.port.misses_told == 1);
  t.port.walked = {.fault = Fault{F_ACCESS}, .translation = {}, .cacheable = false};
  check_faults(t.untranslated(), F_ACCESS);
  CHECK(t.port.empty_fills == 1);
}

TEST_CASE("INSTCFG decides which right a read needs (13.7)") {
  Translating t;
  core::Rights no_fetch = kAllRights;
  no_fetch.user_exec = false;
  t.port.lookups = {4, Translating::hit(no_fetch)};
  check_passes(t.untranslated(kRead), kPa + 0x123);
  check_faults(t.untranslated(kFetch), F_PERMISSION);
  t.port.found.stream.instcfg = spec::ste::kInstcfgData;
  check_passes(t.untranslated(kFetch), kPa + 0x123);
  t.port.found.stream.instcfg = spec::ste::kInstcfgInstruction;
  check_faults(t.untranslated(kRead), F_PERMISSION);
}

TEST_CASE("a hit that does not permit the access faults when a walk could tell no more") {
  Translating t;
  t.port.lookups = {Translating::hit({.user_read = true})};
  check_faults(t.untranslated(kWrite), F_PERMISSION);
  CHECK(t.port.walks == 0);
  CHECK(t.port.misses_told == 0);
}

TEST_CASE("a hit that does not permit a write is walked again where dirty state is updated") {
  Translating t;
  t.port.found.context.updates_dirty_state = true;
  t.port.lookups = {Translating::hit({.user_read = true})};
  check_passes(t.untranslated(kWrite), kPa + 0x123);
  CHECK(t.port.drops == 1);
  CHECK(t.port.walks == 1);
  CHECK(t.port.misses_told == 1);  // not satisfied from the TLB (10.3)
}

TEST_CASE("a hit that does not permit a nested access is walked again, to see which stage refuses") {
  Translating t;
  t.port.found.stream.stage2 = true;
  t.port.lookups = {Translating::hit({.user_write = true})};
  t.port.walked = {.fault = Fault{.event = F_PERMISSION, .s2 = true}, .translation = {}, .cacheable = false};
  t.port.found.stream.s2.fault_model = {.abort = true, .record = false, .stall = false};
  const core::Decision d = t.untranslated(kRead);
  check_faults(d, F_PERMISSION);
  CHECK(d.met->fault.s2);
  CHECK_FALSE(d.met->response.record);  // STE.S2R
}

TEST_CASE("a merged miss waits and looks up again, as does one that finds every MSHR taken") {
  Translating t;
  t.port.lookups = {{.status = LookupStatus::kMerged, .entry = {}},
                    {.status = LookupStatus::kFull, .entry = {}},
                    Translating::hit()};
  check_passes(t.untranslated(), kPa + 0x123);
  CHECK(t.port.waits == 2);
  CHECK(t.port.walks == 0);
  CHECK(t.port.misses_told == 1);
}

TEST_CASE("an access never walks without an MSHR, however often others overtake it") {
  Translating t;
  t.port.lookups = {100, {.status = LookupStatus::kMerged, .entry = {}}};
  check_passes(t.untranslated(), kPa + 0x123);
  CHECK(t.port.waits == 100);
  CHECK(t.port.walks == 1);
  CHECK(t.port.fills == 1);
}

TEST_CASE("stage 2 alone takes the address as an IPA") {
  Translating t;
  t.without_stage1(true);
  t.port.walked.translation = Translating::page(0x9000, kPa);
  const core::Decision d = t.untranslated(kRead, 0x9008);
  check_passes(d, kPa + 8);
  CHECK(d.asid == 0);
  CHECK(t.port.asked.address == 0x9008);
}

TEST_CASE("a prefetch looks up as a read does and records no fault (3.14)") {
  Translating t;
  CHECK(t.translator().prefetch(Translating::access()));
  t.port.walked.fault = Fault{F_TRANSLATION};
  CHECK_FALSE(t.translator().prefetch(Translating::access()));
  t.without_stage1();
  CHECK_FALSE(t.translator().prefetch(Translating::access()));  // nothing to prefetch
  t.port.found.fault = Fault{C_BAD_STE};
  CHECK_FALSE(t.translator().prefetch(Translating::access()));
  CHECK(t.port.looked_up == 2);
}

}  // namespace smmu_vp::test
