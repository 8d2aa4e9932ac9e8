// The accelerator's operations, and its stop, reset and interrupts, on both kinds of device.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "tests/unit/pcie_system.h"
#include "tlm/device/crc32c.h"
#include "tlm/device/platform_device.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

namespace {

constexpr u32 kPasid = 1;
constexpr u64 kSource = 0x10'0000, kTarget = 0x20'0000, kRecord = 0x30'0000;
constexpr u64 kSourcePa = kRam + 0x1'0000, kTargetPa = kRam + 0x2'0000, kRecordPa = kRam + 0x3'0000;

// Sixteen pages each of source, target and record.
void map_all(System& s) {
  for (u64 page = 0; page < 0x1'0000; page += 0x1000) {
    s.smmu.map(kPasid, kSource + page, kSourcePa + page);
    s.smmu.map(kPasid, kTarget + page, kTargetPa + page);
    s.smmu.map(kPasid, kRecord + page, kRecordPa + page);
  }
}
template <typename T>
void put(System& s, u64 pa, const T& value) {
  std::memcpy(s.smmu.at(pa), &value, sizeof value);
}
std::array<u64, 4> record(System& s, u64 pa = kRecordPa) {
  std::array<u64, 4> words{};
  std::memcpy(words.data(), s.smmu.at(pa), sizeof words);
  return words;
}
void run_job(const device::Descriptor& descriptor, System& s) {
  s.submit(descriptor);
  s.until_idle();
}

}  // namespace

TEST_CASE("CRC32C of the digits 1 to 9 is E3069283") {
  device::Crc32c sum;
  sum.add(reinterpret_cast<const u8*>("123456789"), 9);
  CHECK(sum.value() == 0xE306'9283);
}

TEST_CASE("a checksum job returns the CRC32C, the length and the tag") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    std::memcpy(s.smmu.at(kSourcePa + 5), "123456789", 9);
    run_job(job(accel::Opcode::kCrc, kPasid, kSource + 5, 0, 9, kRecord), s);
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, 9), 0, 0xE306'9283, kTag});
  });
}

TEST_CASE("a copy moves every byte for any alignment") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    for (u64 i = 0; i < 0x1'0000; ++i) *s.smmu.at(kSourcePa + i) = static_cast<u8>(i * 7 + (i >> 8));
    run_job(job(accel::Opcode::kCopy, kPasid, kSource + 3, kTarget + 0xfff, 10'000, kRecord), s);
    CHECK(record(s)[0] == ended(accel::Status::kOk, 10'000));
    CHECK(std::memcmp(s.smmu.at(kTargetPa + 0xfff), s.smmu.at(kSourcePa + 3), 10'000) == 0);
    CHECK(*s.smmu.at(kTargetPa + 0xffe) == 0);
    CHECK(*s.smmu.at(kTargetPa + 0xfff + 10'000) == 0);
  });
}

TEST_CASE("an access list is executed in order and sums what it read") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    const auto entry = [](u64 address, u64 size, bool write, u64 seed) {
      return std::array<u64, 2>{address, size | u64{write} << 16 | seed << 32};
    };
    put(s, kSourcePa, entry(kTarget + 0xff8, 16, true, 21));  // crosses a page
    put(s, kSourcePa + 16, entry(kTarget + 0xff8, 16, false, 0));
    put(s, kSourcePa + 32, entry(kTarget + 0x2000, 4, false, 0));
    run_job(job(accel::Opcode::kAccessList, kPasid, kSource, 0, 3, kRecord), s);
    device::Crc32c sum;
    for (u64 i = 0; i < 16; ++i) {
      const u8 byte = accel::pattern_byte(21, kTarget + 0xff8 + i);
      CHECK(*s.smmu.at(kTargetPa + 0xff8 + i) == byte);
      sum.add(&byte, 1);
    }
    const std::array<u8, 4> zeros{};
    sum.add(zeros.data(), 4);
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, 3), 0, sum.value(), kTag});
  });
}

TEST_CASE("an access list entry of zero bytes is a bad descriptor, reported with its index") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    put(s, kSourcePa, std::array<u64, 2>{kTarget, 8});
    run_job(job(accel::Opcode::kAccessList, kPasid, kSource, 0, 2, kRecord), s);
    CHECK(record(s)[0] == ended(accel::Status::kBadDescriptor, 1));
  });
}

TEST_CASE("a batch runs its members in the batch's own address space, and refuses a batch within") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    put(s, kSourcePa, job(accel::Opcode::kFill, kPasid + 1, 0, kTarget, 64, kRecord + 64, 9));
    put(s, kSourcePa + 64, job(accel::Opcode::kBatch, kPasid, kSource, 0, 1));
    run_job(job(accel::Opcode::kBatch, kPasid, kSource, 0, 2, kRecord), s);
    CHECK(record(s, kRecordPa + 64)[0] == ended(accel::Status::kOk, 64));
    CHECK(*s.smmu.at(kTargetPa + 63) == accel::pattern_byte(9, kTarget + 63));
    CHECK(record(s)[0] == ended(accel::Status::kBadDescriptor, 1));
    for (const FakeSmmu::Seen& seen : s.smmu.seen) CHECK(seen.request.who.pasid == kPasid);
  });
}

TEST_CASE("the completion record's first word is the last thing written") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    run_job(job(accel::Opcode::kFill, kPasid, 0, kTarget, 8, kRecord), s);
    CHECK(s.smmu.seen.back().address == kRecordPa);
    CHECK(s.smmu.seen.back().write);
  });
}

TEST_CASE("channels run jobs side by side") {
  System s;
  s.smmu.memory_ps = 10 * kMicrosecond;
  s.run([&] {
    s.enable();
    map_all(s);
    for (u64 i = 0; i < 4; ++i) s.submit(job(accel::Opcode::kFill, kPasid, 0, kTarget + (i << 12), 8));
    s.until_idle();
  });
  u64 first = ~u64{0}, last = 0;
  for (const FakeSmmu::Seen& seen : s.smmu.seen) {
    if (!seen.write) continue;
    first = std::min(first, seen.done_ps);
    last = std::max(last, seen.done_ps);
  }
  CHECK(last - first < 5 * kMicrosecond);
}

TEST_CASE("a full queue refuses a job and records it") {
  pcie::EndpointConfig config = default_endpoint();
  config.accelerator = {.channels = 1, .queue_depth = 2};
  System s(config);
  s.run([&] {
    s.enable();
    s.set_reg(accel::reg::CTRL, 0);  // jobs wait
    for (int i = 0; i < 3; ++i) s.submit(job(accel::Opcode::kNop, kPasid, 0, 0, 0));
    CHECK(s.reg(accel::reg::QUEUE_FREE) == 0);
    CHECK(error_status(s.reg(accel::reg::ERROR)) == accel::Status::kAborted);
    s.set_reg(accel::reg::CTRL, 1);
    sleep_ps(kMicrosecond);
    CHECK(s.reg(accel::reg::QUEUE_FREE) == 2);
  });
}

TEST_CASE("a job with a PASID is aborted while the function may not use PASIDs") {
  System s;
  s.run([&] {
    s.enable(false, 0);
    map_all(s);
    s.write(pcie::ConfigSpace::kPasid + pci::pasid::CONTROL, 2, 0);
    run_job(job(accel::Opcode::kFill, kPasid, 0, kTarget, 8), s);
    CHECK(error_status(s.reg(accel::reg::ERROR)) == accel::Status::kAborted);
    CHECK(s.smmu.seen.empty());
  });
}

TEST_CASE("a function level reset under load ends every job, and no access follows") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    s.smmu.memory_ps = kMicrosecond;
    for (u64 i = 0; i < 8; ++i) s.submit(job(accel::Opcode::kFill, kPasid, 0, kTarget, 0x1'0000));
    sleep_ps(5 * kMicrosecond);
    s.reset_function();
    const u64 at_reset = transport::Timing::now_ps();
    s.until_idle();
    for (const FakeSmmu::Seen& seen : s.smmu.seen) CHECK(seen.arrived_ps <= at_reset + kMicrosecond);
    s.enable();
    run_job(job(accel::Opcode::kFill, kPasid, 0, kTarget, 8, kRecord), s);
    CHECK(record(s)[0] == ended(accel::Status::kOk, 8));
  });
}

TEST_CASE(
    "the platform device sends untranslated accesses with its PASID and pulses its interrupt once per job") {
  transport::Timing timing(transport::TimingMode::kTimed);
  trace::Bus facts([] { return transport::Timing::now_ps(); });
  FakeSmmu smmu("smmu");
  Cpu cpu("cpu");
  device::PlatformDevice device("device", {.stream_id = 0x40, .accelerator = {}}, device::kAccelerator,
                                facts);
  cpu.config.bind(device.registers_in);
  device.dma_out.bind(smmu.dma_in);
  FakeSmmu nowhere("nowhere");  // sockets must be bound; this device has no messages
  cpu.memory.bind(nowhere.dma_in);
  smmu.messages_out.bind(nowhere.messages_in);
  nowhere.messages_out.bind(smmu.messages_in);
  smmu.map(kPasid, kTarget, kTargetPa);
  int pulses = 0;
  System::spawn([&] {
    for (;;) {
      sc_core::wait(device.irq.posedge_event());
      ++pulses;
    }
  });
  System::spawn([&] {
    const auto write = [&](u64 offset, u64 value) { Cpu::access(cpu.config, true, offset, &value, 8); };
    write(accel::reg::CTRL, 1);
    for (u64 n = 0; n < 2; ++n) {
      device::Descriptor d = job(accel::Opcode::kFill, kPasid, 0, kTarget + 8 * n, 8, 0, n);
      accel::desc::INTERRUPT.set(d, 1);
      Cpu::access(cpu.config, true, accel::reg::SUBMIT, d.data(),
                  64);  // the portal takes a descriptor in one write
    }
  });
  sc_core::sc_start();
  CHECK(pulses == 2);
  CHECK(device.idle());
  REQUIRE(smmu.seen.size() == 2);
  CHECK(smmu.seen[0].request.at == transport::AddressType::kUntranslated);
  CHECK(smmu.seen[0].request.who.pasid);
  CHECK(smmu.seen[0].request.who.sid == 0x40);
  CHECK(*smmu.at(kTargetPa + 8) == accel::pattern_byte(1, kTarget + 8));
}

TEST_CASE("a full shared queue answers retry and records no error") {
  pcie::EndpointConfig config = default_endpoint();
  config.accelerator = {.channels = 1, .queue_depth = 2};
  System s(config);
  s.run([&] {
    s.enable();
    s.set_reg(accel::reg::CTRL, 0);  // jobs wait
    device::Descriptor nop = job(accel::Opcode::kNop, kPasid, 0, 0, 0);
    for (int i = 0; i < 3; ++i) {
      Cpu::access(s.cpu.memory, true, kBar + accel::reg::ENQUEUE, nop.data(), 64);
      sleep_ps(kMicrosecond);
      CHECK(s.reg(accel::reg::ENQUEUE_STATUS) == (i < 2 ? 0 : 1));
    }
    CHECK(s.reg(accel::reg::ERROR) == 0);
    CHECK(s.reg(accel::reg::QUEUE_FREE) == 2);  // the dedicated queue is separate
    s.set_reg(accel::reg::CTRL, 1);
    s.until_idle();
    Cpu::access(s.cpu.memory, true, kBar + accel::reg::ENQUEUE, nop.data(), 64);
    sleep_ps(kMicrosecond);
    CHECK(s.reg(accel::reg::ENQUEUE_STATUS) == 0);
  });
}

TEST_CASE("compare finds the first difference or reports that there is none") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    run_job(job(accel::Opcode::kCompare, kPasid, kSource, kTarget, 0x3000, kRecord), s);
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, 0x3000), 0, 0x3000, kTag});
    put(s, kTargetPa + 0x1234, u8{1});
    run_job(job(accel::Opcode::kCompare, kPasid, kSource, kTarget, 0x3000, kRecord), s);
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, 0x1234), 0, 0x1234, kTag});
  });
}

TEST_CASE("a chase follows pointers to their end and reports its position at a fault") {
  System s;
  s.run([&] {
    s.enable(true, 0);
    map_all(s);
    put(s, kSourcePa, kSource + 0x2008);
    put(s, kSourcePa + 0x2008, kSource + 0x5000);
    run_job(job(accel::Opcode::kChase, kPasid, kSource, 0, 100, kRecord), s);
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, 3), 0, 0, kTag});
    const u64 nowhere = 0x7000'0000;
    put(s, kSourcePa + 0x5000, nowhere);
    run_job(job(accel::Opcode::kChase, kPasid, kSource, 0, 100, kRecord), s);
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kPageFault, 3), nowhere, nowhere, kTag});
  });
}

TEST_CASE("gather and scatter are inverse operations") {
  System s;
  s.run([&] {
    s.enable();
    map_all(s);
    const u64 list = kSource + 0x8000;
    const std::array<u64, 4> entries{kSource + 0x10, 3, kSource + 0xFFE, 4};  // the second crosses a page
    put(s, kSourcePa + 0x8000, entries);
    std::memcpy(s.smmu.at(kSourcePa + 0x10), "abc", 3);
    std::memcpy(s.smmu.at(kSourcePa + 0xFFE), "defg", 4);
    run_job(job(accel::Opcode::kGather, kPasid, list, kTarget, 2, kRecord), s);
    CHECK(record(s)[0] == ended(accel::Status::kOk, 2));
    CHECK(std::memcmp(s.smmu.at(kTargetPa), "abcdefg", 7) == 0);
    std::memcpy(s.smmu.at(kTargetPa), "1234567", 7);
    run_job(job(accel::Opcode::kScatter, kPasid, kTarget, list, 2, kRecord), s);
    CHECK(std::memcmp(s.smmu.at(kSourcePa + 0x10), "123", 3) == 0);
    CHECK(std::memcmp(s.smmu.at(kSourcePa + 0xFFE), "4567", 4) == 0);
  });
}

TEST_CASE("a job that faulted half-way continues where its record says") {
  System s;
  s.run([&] {
    s.enable(true, 0);
    map_all(s);
    std::memcpy(s.smmu.at(kSourcePa + 0xFFC), "123456789", 9);
    s.smmu.unmap(kPasid, kSource + 0x1000);
    device::Descriptor crc = job(accel::Opcode::kCrc, kPasid, kSource + 0xFFC, 0, 9, kRecord);
    run_job(crc, s);
    const auto faulted = record(s);
    CHECK(faulted[0] == ended(accel::Status::kPageFault, 4));
    CHECK(faulted[1] == kSource + 0x1000);
    s.smmu.map(kPasid, kSource + 0x1000, kSourcePa + 0x1000);
    accel::desc::FIRST.set(crc, faulted[0] >> 32);
    accel::desc::SEED.set(crc, faulted[2]);
    run_job(crc, s);
    CHECK(record(s) == std::array<u64, 4>{ended(accel::Status::kOk, 9), 0, 0xE306'9283, kTag});
  });
}
