// The page request interface: from a job's missing page to the answer, and what stops it.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

namespace {

constexpr u32 kPasid = 9;
constexpr u64 kVa = 0x5555'0000'0000, kPa = kRam + 0x8000, kRecordVa = 0x6666'0000'0000,
              kRecordPa = kRam + 0x2'0000;

u64 word(System& s, u64 pa) {
  u64 value = 0;
  std::memcpy(&value, s.smmu.at(pa), 8);
  return value;
}
u64 pri_status(System& s) {
  return s.read(pcie::ConfigSpace::kPri + pci::pri::STATUS, 2);
}
bool is_request(const MessageExtension& m) {
  return m.kind == MessageKind::kPageRequest && (m.intent.read || m.intent.write);
}
// Answers every page request after some time, and maps the page if the answer is Success.
void serve(System& s, spec::ResponseCode code) {
  s.smmu.on_message = [&s, code](const MessageExtension& m) {
    if (!is_request(m) || !m.last) return;
    System::spawn([&s, m, code] {
      sleep_ps(5 * kMicrosecond);
      if (code == spec::ResponseCode::kSuccess)
        s.smmu.map(m.who.ssid(), m.address, kPa + (m.address & 0x7000));
      s.respond(m, code);
    });
  };
}

}  // namespace

TEST_CASE("a job whose page is missing requests it and continues when it is present") {
  System s;
  serve(s, spec::ResponseCode::kSuccess);
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + 16, 32, kRecordVa, 3));
    s.until_idle();
    CHECK(word(s, kRecordPa) == ended(accel::Status::kOk, 32));
    CHECK(*s.smmu.at(kPa + 16) == accel::pattern_byte(3, kVa + 16));
    const auto requests = s.smmu.messages_of(MessageKind::kPageRequest);
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].intent.write);
    CHECK(requests[0].last);
    CHECK(requests[0].who.pasid == kPasid);
    CHECK(requests[0].address == kVa);
  });
}

TEST_CASE("Invalid Request faults the job at the address that failed") {
  System s;
  serve(s, spec::ResponseCode::kInvalidRequest);
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.smmu.map(kPasid, kVa, kPa);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + 0xff0, 32, kRecordVa, 3));
    s.until_idle();
    CHECK(word(s, kRecordPa) == ended(accel::Status::kPageFault, 16));
    CHECK(word(s, kRecordPa + 8) == kVa + 0x1000);
    CHECK((s.reg(accel::reg::ERROR) & 0xFF01) == 0x0201);
    CHECK(s.reg(accel::reg::ERROR_ADDRESS) == kVa + 0x1000);
  });
}

TEST_CASE("no more page requests are outstanding than allocated, and none is lost") {
  pcie::EndpointConfig config = default_endpoint();
  config.accelerator.channels = 8;
  System s(config);
  serve(s, spec::ResponseCode::kSuccess);
  std::size_t most = 0, outstanding = 0;
  s.facts.on<trace::PageRequestIssued>([&](const auto&, u64) { most = std::max(most, ++outstanding); });
  s.facts.on<trace::PrgResponseReceived>([&](const auto& r, u64) {
    CHECK(r.expected);
    --outstanding;
  });
  s.run([&] {
    s.enable(true, 3);
    for (u64 i = 0; i < 8; ++i) s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa + (i << 12), 8));
    s.until_idle();
    CHECK(s.reg(accel::reg::ERROR) == 0);
  });
  CHECK(most == 3);
  CHECK(outstanding == 0);
  CHECK(s.smmu.messages_of(MessageKind::kPageRequest).size() == 8);
}

TEST_CASE("Response Failure takes the interface out of service until it is enabled again") {
  System s;
  serve(s, spec::ResponseCode::kResponseFailure);
  s.run([&] {
    s.enable();
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 8));
    s.until_idle();
    CHECK((pri_status(s) & pci::pri::kOutOfService) == pci::pri::kOutOfService);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 8));
    s.until_idle();
    CHECK(s.smmu.messages_of(MessageKind::kPageRequest).size() == 1);
    s.write(pcie::ConfigSpace::kPri + pci::pri::CONTROL, 2, 0);
    s.write(pcie::ConfigSpace::kPri + pci::pri::CONTROL, 2, pci::pri::kReset);
    s.write(pcie::ConfigSpace::kPri + pci::pri::CONTROL, 2, pci::pri::kEnable);
    CHECK((pri_status(s) & pci::pri::kOutOfService) == 0);
    serve(s, spec::ResponseCode::kSuccess);
    s.set_reg(accel::reg::ERROR, 0);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 8));
    s.until_idle();
    CHECK(s.reg(accel::reg::ERROR) == 0);
  });
}

TEST_CASE("an unexpected response sets Unexpected Page Request Group Index, which writing 1 clears") {
  System s;
  s.run([&] {
    s.enable();
    MessageExtension m;
    m.prg_index = 17;
    s.respond(m, spec::ResponseCode::kSuccess);
    sleep_ps(kMicrosecond);
    CHECK((pri_status(s) & pci::pri::kUnexpectedGroup) != 0);
    s.write(pcie::ConfigSpace::kPri + pci::pri::STATUS, 2, pci::pri::kUnexpectedGroup);
    CHECK((pri_status(s) & pci::pri::kUnexpectedGroup) == 0);
  });
}

TEST_CASE("a response without the required PASID does not answer the group") {
  System s;
  s.run([&] {
    s.enable();
    bool answered = false;
    System::spawn([&] {
      s.endpoint.inject(
          {.kind = device::InjectKind::kPageRequest, .pasid = kPasid, .address = kVa, .prg_index = 4});
      answered = true;
    });
    sleep_ps(2 * kMicrosecond);
    MessageExtension m;
    m.prg_index = 4;
    s.respond(m, spec::ResponseCode::kSuccess);
    sleep_ps(2 * kMicrosecond);
    CHECK_FALSE(answered);
    CHECK((pri_status(s) & pci::pri::kUnexpectedGroup) != 0);
    m.who.pasid = kPasid;
    s.respond(m, spec::ResponseCode::kSuccess);
    sleep_ps(2 * kMicrosecond);
    CHECK(answered);
  });
}

TEST_CASE("a group of several requests is answered once, and the answer is announced") {
  System s;
  serve(s, spec::ResponseCode::kInvalidRequest);
  s.run([&] {
    s.enable();
    device::Injection request{.kind = device::InjectKind::kPageRequest, .pasid = kPasid, .address = kVa};
    request.prg_index = 300;
    request.last = false;
    CHECK_FALSE(s.endpoint.inject(request).response_code);
    request.last = true;
    CHECK(s.endpoint.inject(request).response_code == static_cast<u8>(spec::ResponseCode::kInvalidRequest));
    CHECK(s.endpoint.idle());
  });
}

TEST_CASE("aborting a PASID marks its outstanding page requests with a Stop Marker before the stop is done") {
  System s;
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 8, kRecordVa));
    sleep_ps(5 * kMicrosecond);
    s.stop(kPasid, true);
    while (s.reg(accel::reg::STOP_BUSY) != 0) sleep_ps(100 * kNanosecond);
    REQUIRE(s.smmu.messages.size() == 2);
    const MessageExtension& marker = s.smmu.messages[1];
    CHECK(marker.kind == MessageKind::kPageRequest);
    CHECK(marker.last);
    CHECK_FALSE(marker.intent.read);
    CHECK_FALSE(marker.intent.write);
    CHECK(marker.who.pasid == kPasid);
    CHECK(word(s, kRecordPa) == 0);  // a cancelled job accesses memory no more
    CHECK_FALSE(s.endpoint.idle());
    s.respond(s.smmu.messages[0], spec::ResponseCode::kInvalidRequest);
    s.until_idle();
    CHECK((pri_status(s) & pci::pri::kUnexpectedGroup) == 0);  // the late answer was expected
  });
}

TEST_CASE("a graceful stop lets the PASID's jobs finish, and refuses new ones") {
  System s;
  serve(s, spec::ResponseCode::kSuccess);
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, kRecordVa, kRecordPa);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 0x2000, kRecordVa));
    s.stop(kPasid, false);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kVa, 8, kRecordVa + 64));
    while (s.reg(accel::reg::STOP_BUSY) != 0) sleep_ps(100 * kNanosecond);
    CHECK(word(s, kRecordPa) == ended(accel::Status::kOk, 0x2000));
    CHECK(word(s, kRecordPa + 64) == 0);
    CHECK(s.endpoint.idle());
  });
}
