// The link's cost model against published bandwidth of a generation 3, 8-lane device.
#include <doctest/doctest.h>

#include "tests/unit/pcie_bandwidth.h"
#include "tlm/pcie/tlp.h"

namespace {

using namespace smmu_vp;

constexpr u64 kAbove4G = u64{1} << 32;
constexpr u64 kMps = 256, kMrrs = 512;

double share(u64 payload, u64 wire) {
  return pcie::usable_gbps(3, 8) * static_cast<double>(payload) / static_cast<double>(wire);
}

}  // namespace

TEST_CASE("a generation 3 link of 8 lanes carries 63.02 Gb/s, of which 57.88 are usable") {
  CHECK(pcie::lane_gbps(3) * 8 == doctest::Approx(63.02).epsilon(0.001));
  CHECK(pcie::usable_gbps(3, 8) == doctest::Approx(57.88).epsilon(0.001));
}

TEST_CASE("write bandwidth by size follows 24 bytes a request") {
  const double gbps[] = {42.1, 48.75, 52.92};
  for (int i = 0; i < 3; ++i) {
    const u64 bytes = u64{64} << i;
    CHECK(share(bytes, pcie::write_bytes({kAbove4G, bytes}, kMps, false)) ==
          doctest::Approx(gbps[i]).epsilon(0.001));
  }
}

TEST_CASE("read bandwidth by size follows 20 bytes a completion") {
  const double gbps[] = {44.1, 50.06, 53.69};
  for (int i = 0; i < 3; ++i) {
    const u64 bytes = u64{64} << i;
    CHECK(share(bytes, pcie::completion_bytes({kAbove4G, bytes}, kMps)) ==
          doctest::Approx(gbps[i]).epsilon(0.001));
  }
}

TEST_CASE("a write longer than the payload size is cut, and again at a 4 KB boundary") {
  CHECK(pcie::write_bytes({kAbove4G, 1024}, kMps, false) == 1024 + 4 * 24);
  CHECK(pcie::write_bytes({kAbove4G + 4096 - 64, 128}, kMps, false) == 128 + 2 * 24);
}

TEST_CASE(
    "a read is requested in pieces of the read request size and answered in pieces of the payload size") {
  CHECK(pcie::read_request_bytes({kAbove4G, 4096}, kMrrs, false) == 8 * 24);
  CHECK(pcie::completion_bytes({kAbove4G, 4096}, kMps) == 4096 + 16 * 20);
  CHECK(pcie::completion_bytes({kAbove4G + 64, 256}, kMps) == 256 + 2 * 20);
}

TEST_CASE("a PASID costs its prefix, an address below 4 GB saves a doubleword") {
  CHECK(pcie::write_bytes({kAbove4G, 64}, kMps, true) == 64 + 28);
  CHECK(pcie::write_bytes({0x8000'0000, 64}, kMps, false) == 64 + 20);
}

TEST_CASE("many engines fill the link to the published bandwidth within 1 %") {
  using namespace smmu_vp::test;
  System s(default_endpoint(), kPublishedLink);
  s.run([&] {
    s.enable(false, 0);
    for (const Bandwidth& b : kBandwidths) {
      CAPTURE(b.write);
      CAPTURE(b.bytes);
      CHECK(simulated_gbps(s, b) == doctest::Approx(b.published_gbps).epsilon(0.01));
    }
  });
}

namespace {

// When a read that was sent behind a slow write of PASID 5 reached the SMMU, and when the write was done.
std::pair<u64, u64> read_behind_write(u32 pasid_of_read) {
  using namespace smmu_vp::test;
  System s;
  s.smmu.memory_ps = 10 * kMicrosecond;
  u64 value = 1, other = 0;
  const auto access = [&](bool write, u32 pasid, u64& data) {
    s.endpoint.inject({.kind = device::InjectKind::kTranslated,
                       .pasid = pasid,
                       .address = kRam,
                       .data = &data,
                       .bytes = 8,
                       .intent = {.read = !write, .write = write}});
  };
  s.run([&] {
    s.enable();
    System::spawn([&] { access(true, 5, value); });
    sleep_ps(kMicrosecond);
    access(false, pasid_of_read, other);
    s.until_idle();
  });
  u64 arrived = 0, done = 0;
  for (const FakeSmmu::Seen& a : s.smmu.seen) (a.write ? done : arrived) = a.write ? a.done_ps : a.arrived_ps;
  return {arrived, done};
}

}  // namespace

TEST_CASE("a read does not pass a write of its PASID that was sent before it") {
  const auto [arrived, done] = read_behind_write(5);
  CHECK(arrived >= done);
}

TEST_CASE("a read of another PASID may pass the write") {
  const auto [arrived, done] = read_behind_write(6);
  CHECK(arrived < done);
}
