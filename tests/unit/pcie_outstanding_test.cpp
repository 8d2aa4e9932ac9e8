// Channels with several pages in flight: as many as configured, with the same results.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/pcie_system.h"
#include "tlm/device/crc32c.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

namespace {

constexpr u32 kPasid = 1;
constexpr u64 kSource = 0x10'0000, kTarget = 0x20'0000, kRecord = 0x30'0000;
constexpr u64 kSourcePa = kRam + 0x1'0000, kTargetPa = kRam + 0x2'0000, kRecordPa = kRam + 0x3'0000;
constexpr u64 kPages = 8, kBytes = kPages * 0x1000;
constexpr u64 kMemoryPs = 10 * kMicrosecond;

pcie::EndpointConfig with(unsigned outstanding) {
  pcie::EndpointConfig config = default_endpoint();
  config.accelerator = {.channels = 1, .queue_depth = 8, .outstanding = outstanding};
  return config;
}
void prepare(System& s) {
  for (u64 at = 0; at < 0x1'0000; at += 0x1000) {
    s.smmu.map(kPasid, kSource + at, kSourcePa + at);
    s.smmu.map(kPasid, kTarget + at, kTargetPa + at);
  }
  s.smmu.map(kPasid, kRecord, kRecordPa);
  for (u64 i = 0; i < 0x1'0000; ++i) *s.smmu.at(kSourcePa + i) = static_cast<u8>(i * 13 + (i >> 7));
}
std::array<u64, 4> record(System& s) {
  std::array<u64, 4> words{};
  std::memcpy(words.data(), s.smmu.at(kRecordPa), sizeof words);
  return words;
}
u32 crc_of(System& s, u64 offset, u64 bytes) {
  device::Crc32c sum;
  sum.add(s.smmu.at(kSourcePa + offset), bytes);
  return sum.value();
}
// The most reads of data that were at memory at the same time.
std::size_t most_at_once(const System& s) {
  std::size_t most = 0;
  const auto is_read = [](const FakeSmmu::Seen& a) {
    return !a.write && a.request.at == transport::AddressType::kTranslated;
  };
  for (const FakeSmmu::Seen& a : s.smmu.seen) {
    if (!is_read(a)) continue;
    const auto together = std::count_if(s.smmu.seen.begin(), s.smmu.seen.end(), [&](const FakeSmmu::Seen& b) {
      return is_read(b) && b.arrived_ps <= a.arrived_ps && b.done_ps > a.arrived_ps;
    });
    most = std::max(most, static_cast<std::size_t>(together));
  }
  return most;
}
// The duration of a checksum over kPages pages, with kMemoryPs per access.
u64 checksum_ps(System& s) {
  s.enable();
  prepare(s);
  s.smmu.memory_ps = kMemoryPs;
  const u64 begin = transport::Timing::now_ps();
  s.submit(job(accel::Opcode::kCrc, kPasid, kSource, 0, kBytes));
  s.until_idle();
  return transport::Timing::now_ps() - begin;
}

}  // namespace

TEST_CASE("a channel has as many pages in flight as configured") {
  System s(with(4));
  s.run([&] {
    const u64 took = checksum_ps(s);
    CHECK(most_at_once(s) == 4);
    // Two rounds of four, and far less than a third for translations and the link.
    CHECK(took >= kPages / 4 * kMemoryPs);
    CHECK(took < (kPages / 4 + 1) * kMemoryPs);
  });
}

TEST_CASE("with one outstanding access the pages are accessed in sequence") {
  System s(with(1));
  s.run([&] {
    CHECK(checksum_ps(s) >= kPages * kMemoryPs);
    CHECK(most_at_once(s) == 1);
  });
}

TEST_CASE("a copy and a checksum with several pages in flight get every byte and the order right") {
  System s(with(3));
  s.run([&] {
    s.enable();
    prepare(s);
    s.submit(job(accel::Opcode::kCopy, kPasid, kSource + 3, kTarget + 0xfff, 30'000, kRecord));
    s.until_idle();
    CHECK(record(s)[0] == ended(accel::Status::kOk, 30'000));
    CHECK(std::memcmp(s.smmu.at(kTargetPa + 0xfff), s.smmu.at(kSourcePa + 3), 30'000) == 0);
    CHECK(*s.smmu.at(kTargetPa + 0xffe) == 0);
    CHECK(*s.smmu.at(kTargetPa + 0xfff + 30'000) == 0);
    s.submit(job(accel::Opcode::kCrc, kPasid, kSource + 5, 0, 30'001, kRecord));
    s.until_idle();
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, 30'001), 0, crc_of(s, 5, 30'001), kTag});
  });
}

TEST_CASE("of several pages in flight the first that fails ends the job, and all before it are done") {
  System s(with(4));
  s.run([&] {
    s.enable(true, 0);
    prepare(s);
    s.smmu.unmap(kPasid, kSource + 0x2000);
    s.smmu.unmap(kPasid, kSource + 0x3000);
    device::Descriptor crc = job(accel::Opcode::kCrc, kPasid, kSource, 0, kBytes, kRecord);
    s.submit(crc);
    s.until_idle();
    const auto faulted = record(s);
    CHECK(faulted[0] == ended(accel::Status::kPageFault, 0x2000));
    CHECK(faulted[1] == kSource + 0x2000);
    CHECK(faulted[2] == crc_of(s, 0, 0x2000));
    s.smmu.map(kPasid, kSource + 0x2000, kSourcePa + 0x2000);
    s.smmu.map(kPasid, kSource + 0x3000, kSourcePa + 0x3000);
    accel::desc::FIRST.set(crc, faulted[0] >> 32);
    accel::desc::SEED.set(crc, faulted[2]);
    s.submit(crc);
    s.until_idle();
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, kBytes), 0, crc_of(s, 0, kBytes), kTag});
  });
}

TEST_CASE("a stop with abort waits for every page that a channel has in flight") {
  System s(with(4));
  s.run([&] {
    s.enable();
    prepare(s);
    s.smmu.memory_ps = kMemoryPs;
    s.submit(job(accel::Opcode::kFill, kPasid, 0, kTarget, kBytes, kRecord));
    sleep_ps(kMemoryPs / 2);
    s.stop(kPasid, true);
    while (s.reg(accel::reg::STOP_BUSY) != 0) sleep_ps(kNanosecond);
    const u64 stopped = transport::Timing::now_ps();
    const std::size_t seen = s.smmu.seen.size();
    s.until_idle();
    sleep_ps(4 * kMemoryPs);
    CHECK(s.smmu.seen.size() == seen);
    for (const FakeSmmu::Seen& a : s.smmu.seen) CHECK(a.done_ps <= stopped);
    CHECK(record(s)[0] == 0);  // a stopped job writes no record
  });
}
