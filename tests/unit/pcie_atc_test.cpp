// The ATC: what it requests and keeps, and above all what an invalidation must wait for.
#include <doctest/doctest.h>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;
using transport::AddressType;

namespace {

constexpr u32 kPasid = 5, kOther = 6;
constexpr u64 kVa = 0x7fff'1234'5000;
constexpr u64 kOld = kRam + 0x1000, kNew = kRam + 0x2000;

device::InjectResult through_atc(System& s, u64 va, u64& data, bool write, u32 pasid = kPasid) {
  return s.endpoint.inject({.kind = device::InjectKind::kViaAtc,
                            .pasid = pasid,
                            .address = va,
                            .data = &data,
                            .bytes = 8,
                            .intent = {.read = !write, .write = write}});
}

}  // namespace

TEST_CASE("the second access to a page requests no translation") {
  System s;
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kVa, kOld);
    u64 value = 0x1122'3344'5566'7788, back = 0;
    CHECK(through_atc(s, kVa + 8, value, true).status == transport::DmaStatus::kSuccess);
    CHECK(through_atc(s, kVa + 8, back, false).status == transport::DmaStatus::kSuccess);
    CHECK(back == value);
    CHECK(s.smmu.count(AddressType::kTranslationRequest) == 1);
    CHECK(s.smmu.count(AddressType::kTranslated) == 2);
    CHECK(s.smmu.seen.back().address == kOld + 8);
    CHECK(s.smmu.seen.back().request.who.sid == kRid);
  });
}

TEST_CASE("with ATS off, accesses go untranslated with their PASID") {
  System s;
  s.run([&] {
    s.enable(false, 0);
    s.smmu.map(kPasid, kVa, kOld);
    u64 value = 1;
    CHECK(through_atc(s, kVa, value, true).status == transport::DmaStatus::kSuccess);
    REQUIRE(s.smmu.seen.size() == 1);
    CHECK(s.smmu.seen[0].request.at == AddressType::kUntranslated);
    CHECK(s.smmu.seen[0].request.who.pasid == kPasid);
  });
}

TEST_CASE("an answer without rights is not cached, and a refusal aborts the access") {
  System s;
  s.run([&] {
    s.enable(true, 0);
    u64 value = 0;
    CHECK(through_atc(s, kVa, value, false).status == transport::DmaStatus::kAborted);
    s.smmu.map(kPasid, kVa, kOld);
    CHECK(through_atc(s, kVa, value, false).status == transport::DmaStatus::kSuccess);
    s.smmu.translation_status = transport::DmaStatus::kCompleterAbort;
    CHECK(through_atc(s, kVa + 0x1000, value, false).status == transport::DmaStatus::kAborted);
    CHECK(s.smmu.count(AddressType::kTranslated) == 1);
  });
}

TEST_CASE("a translation that an invalidation overtook is requested again") {
  System s;
  s.smmu.translation_ps = kMicrosecond;
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kVa, kOld);
    System::spawn([&] {
      sleep_ps(600 * kNanosecond);  // the answer is decided, but not back yet
      s.smmu.map(kPasid, kVa, kNew);
      s.invalidate(3, kPasid, kVa, 12);
    });
    u64 value = 0xabcd;
    CHECK(through_atc(s, kVa, value, true).status == transport::DmaStatus::kSuccess);
  });
  CHECK(s.smmu.count(AddressType::kTranslationRequest) == 2);
  CHECK(*s.smmu.at(kNew) == 0xcd);
  CHECK(*s.smmu.at(kOld) == 0);
  const auto completions = s.smmu.messages_of(MessageKind::kInvalidateCompletion);
  REQUIRE(completions.size() == 1);
  CHECK(completions[0].itag_vector == 1u << 3);
  // The request in flight did not delay the invalidation: no access was using its translation.
  CHECK(s.smmu.message_times[0] < s.smmu.seen.back().arrived_ps);
}

TEST_CASE("an invalidation completes only when accesses that use the old translation are done at memory") {
  System s;
  u64 written_at = 0;
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kVa, kOld);
    u64 value = 1;
    through_atc(s, kVa, value, false);
    s.smmu.memory_ps = 20 * kMicrosecond;
    System::spawn([&] {
      u64 slow = 2;
      through_atc(s, kVa, slow, true);
    });
    sleep_ps(2 * kMicrosecond);
    s.invalidate(0, kPasid, kVa, 12);
  });
  written_at = s.smmu.seen.back().done_ps;
  CHECK(s.smmu.seen.back().write);
  REQUIRE(s.smmu.messages.size() == 1);
  CHECK(s.smmu.message_times[0] > written_at);
}

TEST_CASE("an invalidation of another page, or another PASID, waits for nothing") {
  System s;
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kVa, kOld);
    u64 value = 1;
    through_atc(s, kVa, value, false);
    s.smmu.memory_ps = 20 * kMicrosecond;
    System::spawn([&] {
      u64 slow = 2;
      through_atc(s, kVa, slow, false);
    });
    sleep_ps(2 * kMicrosecond);
    s.invalidate(0, kPasid, kVa + 0x1000, 12);
    s.invalidate(1, kOther, kVa, 12);
  });
  REQUIRE(s.smmu.messages.size() == 2);
  CHECK(s.smmu.message_times[1] < s.smmu.seen.back().done_ps);
}

TEST_CASE("a request with a PASID drops that PASID's entries, one without drops all") {
  System s;
  s.run([&] {
    s.enable();
    for (const u32 pasid : {kPasid, kOther}) s.smmu.map(pasid, kVa, kOld);
    u64 value = 0;
    for (const u32 pasid : {kPasid, kOther}) through_atc(s, kVa, value, false, pasid);
    CHECK(s.smmu.count(AddressType::kTranslationRequest) == 2);
    s.invalidate(0, kPasid, 0, 64);
    sleep_ps(10 * kMicrosecond);
    for (const u32 pasid : {kPasid, kOther}) through_atc(s, kVa, value, false, pasid);
    CHECK(s.smmu.count(AddressType::kTranslationRequest) == 3);
    s.invalidate(0, std::nullopt, kVa & ~u64{0xFFFF}, 16);
    sleep_ps(10 * kMicrosecond);
    for (const u32 pasid : {kPasid, kOther}) through_atc(s, kVa, value, false, pasid);
    CHECK(s.smmu.count(AddressType::kTranslationRequest) == 5);
  });
}

TEST_CASE("an Invalidate Request is completed while ATS is disabled too") {
  System s;
  s.run([&] { s.invalidate(31, std::nullopt, 0, 64); });
  REQUIRE(s.smmu.messages.size() == 1);
  CHECK(s.smmu.messages[0].kind == MessageKind::kInvalidateCompletion);
  CHECK(s.smmu.messages[0].itag_vector == 1u << 31);
  CHECK(s.smmu.messages[0].who.sid == kRid);
}

TEST_CASE("disabling ATS drops every translation") {
  System s;
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kVa, kOld);
    u64 value = 0;
    through_atc(s, kVa, value, false);
    s.write(pcie::ConfigSpace::kAts + pci::ats::CONTROL, 2, 0);
    s.smmu.map(kPasid, kVa, kNew);
    s.write(pcie::ConfigSpace::kAts + pci::ats::CONTROL, 2, pci::ats::kEnable);
    through_atc(s, kVa, value, false);
    CHECK(s.smmu.seen.back().address == kNew);
  });
}

TEST_CASE("a write to a page cached as read-only requests the translation again for writing") {
  System s;
  s.run([&] {
    s.enable(true, 0);
    s.smmu.map(kPasid, kVa, kOld, false);
    u64 value = 0;
    through_atc(s, kVa, value, false);
    CHECK(s.smmu.seen[0].request.no_write);
    s.smmu.map(kPasid, kVa, kOld, true);
    CHECK(through_atc(s, kVa, value, true).status == transport::DmaStatus::kSuccess);
    REQUIRE(s.smmu.count(AddressType::kTranslationRequest) == 2);
    CHECK_FALSE(s.smmu.seen[2].request.no_write);
  });
}

TEST_CASE("an invalidation to an absent function is refused") {
  System s;
  s.run([&] {
    MessageExtension m;
    m.kind = MessageKind::kInvalidateRequest;
    m.who.sid = kRid + 1;
    s.smmu.send(m);
    CHECK(s.smmu.sent_status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  });
}

TEST_CASE("a message stays behind a write that was sent before it") {
  System s;
  s.run([&] {
    s.enable();
    s.smmu.memory_ps = 20 * kMicrosecond;
    System::spawn([&] {
      u64 value = 1;
      s.endpoint.inject({.kind = device::InjectKind::kTranslated,
                         .address = kOld,
                         .data = &value,
                         .bytes = 8,
                         .intent = {.write = true}});
    });
    sleep_ps(kMicrosecond);
    s.endpoint.inject({.kind = device::InjectKind::kPageRequest, .pasid = 1, .address = kVa, .last = false});
  });
  REQUIRE(s.smmu.messages.size() == 1);
  CHECK(s.smmu.message_times[0] >= s.smmu.seen.back().done_ps);
}
