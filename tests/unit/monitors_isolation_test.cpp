// Isolation: which process's memory a device may reach, whatever it does, and where the manual trusts it.
#include <doctest/doctest.h>

#include "tests/unit/monitors_history.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;
using namespace smmu_vp::tb::test;

namespace {

constexpr u64 kOther = kMm + 1, kOtherPa = kPa + kPage;

trace::Translated access(At kind, bool ssv, u64 va, u64 pa) {
  return {1, {kSid, spec::substream(ssv, kPasid)}, 0, va, pa, 64, true, kind};
}

}  // namespace

TEST_CASE("a process bound to the PASID may be reached and another may not") {
  History h;
  h.process().process(kOther, kOtherPa).bound().translated(kPa);
  CHECK(h.violations("isolation") == 0);
  CHECK(h.monitor("isolation").checked() == 1);
  h.translated(kOtherPa);
  CHECK(h.says("isolation", "memory of process"));
}

TEST_CASE("a PASID that was unbound from the device reaches no process") {
  History h;
  h.process().bound().unbound().translated(kPa);
  h.finish();
  CHECK(h.violations("isolation") == 1);
}

TEST_CASE("a process's PASID on another device does not permit this device's access") {
  History h;
  h.process().add(trace::PasidAllocated{kPasid, kMm}).translated(kPa);
  CHECK(h.violations("isolation") == 0);  // a bind may be in progress
  h.finish();
  CHECK(h.violations("isolation") == 1);
}

TEST_CASE("an access during a bind is checked when its phase is announced") {
  History h;
  h.process().add(trace::PasidAllocated{kPasid, kMm}).translated(kPa).live();
  h.finish();
  CHECK(h.violations("isolation") == 0);
}

TEST_CASE("Translated requests under full ATS and bypassed ones are counted but are no violation") {
  History h;
  h.process().process(kOther, kOtherPa).bound();
  h.add(access(At::kTranslated, true, kOtherPa, kOtherPa))
      .add(access(At::kUntranslated, false, kOtherPa, kOtherPa));
  CHECK(h.violations("isolation") == 0);
  const auto remarks = h.monitor("isolation").remarks();
  REQUIRE(remarks.size() == 2);
  CHECK(remarks[0].find("full ATS") != std::string::npos);
  CHECK(remarks[1].find("without a PASID") != std::string::npos);
}

TEST_CASE("an untranslated request with a PASID is always checked") {
  History h;
  h.process().process(kOther, kOtherPa).bound().add(access(At::kUntranslated, true, kOtherPa, kOtherPa));
  CHECK(h.violations("isolation") == 1);
}

TEST_CASE("a device that broke a rule is checked for isolation as before") {
  History h;
  h.process().process(kOther, kOtherPa).bound();
  h.add(trace::Misbehaves{kWho, spec::Misbehaviour::kForeignPasid, kVa}).translated(kOtherPa);
  CHECK(h.violations("isolation") == 1);
  CHECK(h.violations("ownership") == 1);
}

TEST_CASE("Translated requests of a device seen to misbehave are no violation of the driver") {
  History h;
  h.process().process(kOther, kOtherPa).bound();
  h.add(trace::Misbehaves{kWho, spec::Misbehaviour::kForgeTranslated, kOtherPa});
  h.add(access(At::kTranslated, true, kOtherPa, kOtherPa));
  CHECK(h.violations() == 0);
}
