// Flow control: the cost of finite credits, which change nothing but time.
#include <doctest/doctest.h>

#include "tests/unit/pcie_bandwidth.h"
#include "tlm/pcie/tlp.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

namespace {

constexpr u64 kLatencyPs = 150 * kNanosecond;
constexpr u32 kPasid = 5;

pcie::LinkConfig advertising(unsigned posted_headers, unsigned posted_data, unsigned non_posted_headers) {
  pcie::LinkConfig link = kPublishedLink;
  link.posted_headers = posted_headers;
  link.posted_data = posted_data;
  link.non_posted_headers = non_posted_headers;
  return link;
}

// `at_once` accesses of 64 bytes per round trip: a packet's time on the wire, the latency,
// and the UpdateFC's way back.
double gbps(double at_once, u64 packet_bytes) {
  const double wire_ps = static_cast<double>(packet_bytes) * 8000.0 / pcie::usable_gbps(3, 8);
  return at_once * 64 * 8 * 1000.0 / (wire_ps + 2 * static_cast<double>(kLatencyPs));
}

double measured(const pcie::LinkConfig& link, bool write) {
  System s(default_endpoint(), link);
  double result = 0;
  s.run([&] {
    s.enable(false, 0);
    result = simulated_gbps(s, {.write = write, .bytes = 64, .published_gbps = 0});
  });
  return result;
}

constexpr u64 kWritePacket = 64 + 24, kReadPacket = 24;

}  // namespace

TEST_CASE("four posted header credits allow four writes per round trip") {
  CHECK(measured(advertising(4, 0, 0), true) == doctest::Approx(gbps(4, kWritePacket)).epsilon(0.01));
}

TEST_CASE("data credits count 16 bytes each") {
  CHECK(measured(advertising(0, 8, 0), true) == doctest::Approx(gbps(2, kWritePacket)).epsilon(0.01));
}

TEST_CASE("reads are limited by non-posted credits only") {
  CHECK(measured(advertising(1, 4, 3), false) == doctest::Approx(gbps(3, kReadPacket)).epsilon(0.01));
}

TEST_CASE("an advertisement of 0 is infinite") {
  CHECK(measured(advertising(0, 0, 0), true) == doctest::Approx(42.1).epsilon(0.01));
}

TEST_CASE("a burst that needs more credits than were advertised arrives complete") {
  System s(default_endpoint(), advertising(2, 4, 1));
  s.run([&] {
    s.enable(false, 0);
    std::vector<u8> out(4096), back(4096);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<u8>(i * 7);
    const auto move = [&](std::vector<u8>& data, bool write) {
      return s.endpoint.inject({.kind = device::InjectKind::kTranslated,
                                .address = kRam,
                                .data = data.data(),
                                .bytes = 4096,
                                .intent = {.read = !write, .write = write}});
    };
    CHECK(move(out, true).status == transport::DmaStatus::kSuccess);
    CHECK(move(back, false).status == transport::DmaStatus::kSuccess);
    CHECK(back == out);
  });
}

TEST_CASE("a message without credits waits for the write that holds them") {
  System s(default_endpoint(), advertising(1, 0, 0));
  s.smmu.memory_ps = 500 * kNanosecond;
  s.run([&] {
    s.enable();
    s.smmu.map(kPasid, 0x1000, kRam);
    s.submit(job(accel::Opcode::kFill, kPasid, 0, 0x1000, 64));
    s.until_idle();
    const u64 before = s.smmu.seen.size();
    std::array<u8, 64> data{};
    System::spawn([&] {
      s.endpoint.inject({.kind = device::InjectKind::kTranslated,
                         .address = kRam,
                         .data = data.data(),
                         .bytes = 64,
                         .intent = {.write = true}});
    });
    System::spawn([&] { s.endpoint.inject({.kind = device::InjectKind::kStopMarker, .pasid = kPasid}); });
    s.until_idle();
    sleep_ps(5 * kMicrosecond);
    s.until_idle();
    REQUIRE(s.smmu.seen.size() == before + 1);
    REQUIRE(s.smmu.message_times.size() == 1);
    // The credit comes back, then the message travels.
    CHECK(s.smmu.message_times[0] >= s.smmu.seen.back().done_ps + 2 * kLatencyPs);
  });
}

TEST_CASE("Invalidate Requests wait for the endpoint's credits and none is lost") {
  System s(default_endpoint(), advertising(1, 1, 0));
  std::vector<u64> received;
  s.facts.on<trace::AtcInvalidateReceived>([&](const auto&, u64 t_ps) { received.push_back(t_ps); });
  s.run([&] {
    s.enable();
    for (u8 itag = 0; itag < 4; ++itag) s.invalidate(itag, kPasid, 0, 64);
    sleep_ps(50 * kMicrosecond);
    s.until_idle();
  });
  REQUIRE(received.size() == 4);
  for (std::size_t i = 1; i < received.size(); ++i) CHECK(received[i] >= received[i - 1] + 2 * kLatencyPs);
  CHECK(s.smmu.messages_of(MessageKind::kInvalidateCompletion).size() == 4);
}

TEST_CASE("a request that waits for credits when its function is reset never leaves") {
  System s(default_endpoint(), advertising(1, 0, 0));
  s.smmu.memory_ps = 20 * kMicrosecond;
  s.run([&] {
    s.enable(false, 0);
    std::array<u8, 64> data{};
    transport::DmaStatus second{};
    for (const bool waits : {false, true})
      System::spawn([&, waits] {
        const auto status = s.endpoint
                                .inject({.kind = device::InjectKind::kTranslated,
                                         .address = kRam,
                                         .data = data.data(),
                                         .bytes = 64,
                                         .intent = {.write = true}})
                                .status;
        if (waits) second = status;
      });
    sleep_ps(kMicrosecond);
    s.reset_function();
    s.until_idle();
    CHECK(second == transport::DmaStatus::kAborted);
    CHECK(s.smmu.seen.size() == 1);
  });
}
