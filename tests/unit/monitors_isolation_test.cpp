// Isolation: whose memory a device may reach, whatever it does, and where the manual trusts it.
#include <doctest/doctest.h>

#include "tests/unit/monitors_history.h"

using namespace smmu_vp;
using namespace smmu_vp::tb;
using namespace smmu_vp::tb::test;

namespace {

constexpr u64 kOther = kMm + 1, kOtherPa = kPa + kPage;

trace::Translated access(std::string_view kind, bool ssv, u64 va, u64 pa) {
  return {1, kSid, ssv ? kPasid : 0, ssv, 0, va, pa, 64, true, kind};
}

}  // namespace

TEST_CASE("A process bound to the PASID may be reached and another may not") {
  History h;
  h.process().process(kOther, kOtherPa).bound().translated(kPa);
  CHECK(h.violations("isolation") == 0);
  CHECK(h.monitor("isolation").checked() == 1);
  h.translated(kOtherPa);
  CHECK(h.says("isolation", "memory of process"));
}

TEST_CASE("A PASID that was unbound from the device reaches nobody") {
  History h;
  h.process().bound().phase(3).translated(kPa);
  h.finish();
  CHECK(h.violations("isolation") == 1);
}

TEST_CASE("A PASID of the process on another device is no leave for this one") {
  History h;
  h.process().add(trace::PasidAllocated{kPasid, kMm}).translated(kPa);
  CHECK(h.violations("isolation") == 0);  // a bind may be under way
  h.finish();
  CHECK(h.violations("isolation") == 1);
}

TEST_CASE("An access while the bind is under way is judged when its phase is announced") {
  History h;
  h.process().add(trace::PasidAllocated{kPasid, kMm}).translated(kPa).phase(1);
  h.finish();
  CHECK(h.violations("isolation") == 0);
}

TEST_CASE("Translated requests under full ATS and bypassed ones are named and not judged") {
  History h;
  h.process().process(kOther, kOtherPa).bound();
  h.add(access("translated", true, kOtherPa, kOtherPa))
      .add(access("untranslated", false, kOtherPa, kOtherPa));
  CHECK(h.violations("isolation") == 0);
  const auto remarks = h.monitor("isolation").remarks();
  REQUIRE(remarks.size() == 2);
  CHECK(remarks[0].find("full ATS") != std::string::npos);
  CHECK(remarks[1].find("without a PASID") != std::string::npos);
}

TEST_CASE("An untranslated request with a PASID finds no trust however it is mapped") {
  History h;
  h.process().process(kOther, kOtherPa).bound().add(access("untranslated", true, kOtherPa, kOtherPa));
  CHECK(h.violations("isolation") == 1);
}

TEST_CASE("What a device does is judged after it broke a rule as before") {
  History h;
  h.process().process(kOther, kOtherPa).bound();
  h.add(trace::Misbehaves{kSid, "foreign_pasid", kPasid, kVa}).translated(kOtherPa);
  CHECK(h.violations("isolation") == 1);
  CHECK(h.violations("ownership") == 1);
}

TEST_CASE("Translated requests of a device seen to misbehave are not held against the driver") {
  History h;
  h.process().process(kOther, kOtherPa).bound();
  h.add(trace::Misbehaves{kSid, "forge_translated", kPasid, kOtherPa});
  h.add(access("translated", true, kOtherPa, kOtherPa));
  CHECK(h.violations() == 0);
}
