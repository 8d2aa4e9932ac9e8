// The whole stack on a machine with one PCIe function and one platform device, both with an accelerator:
// enumeration, the order of capabilities, job submission, and stop before unbind.
#include <doctest/doctest.h>

#include <algorithm>

#include "sw_driver/kernel.h"
#include "tests/support/config_space.h"
#include "tests/support/registers.h"
#include "tests/unit/driver_fake_smmu.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;
using sw_test::FakeDevice;
using sw_test::FakeOs;
using sw_test::FakeSmmu;
namespace pci = smmu_vp::test::pci;

namespace {

constexpr u64 kEcam = 0x4000'0000, kWindow = 0x5000'0000, kPlatform = 0x2c00'0000;
constexpr u16 kFunction = 0x0108;  // bus 1, device 1, function 0
constexpr u16 kBridge = 0x0010;    // bus 0, device 2, function 0

// Offsets of the capabilities of the fake function.
constexpr unsigned kMsixCap = 0x40, kPasidCap = 0x100, kAtsCap = 0x120, kPriCap = 0x140;
constexpr u32 kAfterBars = pci::BAR0 + 4 * 6;

// ECAM with one function behind an unnumbered bridge: 4096 bytes in which BAR0 answers sizing; writes to the
// capabilities are recorded in the trail.
class FakeEcam : public FakeDevice {
 public:
  explicit FakeEcam(FakeOs& os) : os_(os) {
    bridge[pci::HEADER_TYPE] = pci::bridge::kHeaderType;
    set(pci::VENDOR, 4, 0x5A01'1EAF);
    set(pci::STATUS, 2, pci::kCapabilitiesList);
    set(pci::CAPABILITIES, 1, kMsixCap);
    set(kMsixCap, 1, pci::msix::ID);                       // the last of the list
    set(kMsixCap + pci::msix::MESSAGE_CONTROL, 2, 2 - 1);  // vectors
    set(kMsixCap + pci::msix::TABLE, 4, 0x2000);           // in BAR0
    set(kPasidCap, 4, pci::extended(pci::pasid::ID, kAtsCap));
    set(kPasidCap + pci::pasid::CAPABILITY, 2, pci::pasid::max_width(20));
    set(kAtsCap, 4, pci::extended(pci::ats::ID, kPriCap));
    set(kPriCap, 4, pci::extended(pci::pri::ID));
    set(kPriCap + pci::pri::STATUS, 2, pci::pri::kStopped | pci::pri::kResponseNeedsPasid);
    set(kPriCap + pci::pri::CAPACITY, 4, 64);
  }
  u64 read(u64 at, unsigned bytes) override {
    const bool is_bridge = at >> 12 == kBridge;
    if (!is_bridge && (at >> 12 != kFunction || bridge[pci::bridge::SECONDARY_BUS] != kFunction >> 8))
      return ~u64{0} >> (64 - 8 * bytes);
    u64 value = 0;
    for (unsigned i = 0; i < bytes; ++i)
      value |= u64{(is_bridge ? bridge : bytes_)[(at & 0xFFF) + i]} << (8 * i);
    return value;
  }
  void write(u64 at, unsigned bytes, u64 value) override {
    const u64 offset = at & 0xFFF;
    if (at >> 12 == kBridge) {
      for (unsigned i = 0; i < bytes; ++i) bridge[offset + i] = static_cast<u8>(value >> (8 * i));
      return;
    }
    // BAR0 is 64 bits wide and 16 KB; the other BARs are not there.
    if (offset == pci::BAR0) value = (value & test::mask(31, 14)) | pci::k64BitBar;
    if (offset > pci::BAR1 && offset < kAfterBars) value = 0;
    set(offset, bytes, value);
    if (offset == kPasidCap + pci::pasid::CONTROL)
      trail(value & pci::pasid::kEnable ? "pasid on" : "pasid off");
    if (offset == kAtsCap + pci::ats::CONTROL) trail(value & pci::ats::kEnable ? "ats on" : "ats off");
    if (offset == kPriCap + pci::pri::CONTROL)
      trail(value & pci::pri::kReset ? "pri reset" : value & pci::pri::kEnable ? "pri on" : "pri off");
    if (offset == kPriCap + pci::pri::ALLOCATION) trail("pri allocation " + std::to_string(value));
  }
  std::array<u8, 4096> bridge{};

 private:
  void trail(const std::string& what) { os_.trail(what); }
  void set(u64 offset, unsigned bytes, u64 value) {
    for (unsigned i = 0; i < bytes; ++i) bytes_[offset + i] = static_cast<u8>(value >> (8 * i));
  }
  FakeOs& os_;
  std::array<u8, 4096> bytes_{};
};

// The accelerator's registers (tlm/spec/accelerator.h); jobs are kept as words.
class FakeAccelerator : public FakeDevice {
 public:
  explicit FakeAccelerator(FakeOs& os) : os_(os) {}
  u64 read(u64 at, unsigned) override {
    if (at == 0x00) return 0x3141'5653'4343'4141;
    if (at == 0x08) return 16 << 8 | 4;
    if (at == 0x18) return free_slots;
    if (at == 0x28 && busy_looks != 0) return busy_looks--, 1;
    return 0;
  }
  void write(u64 at, unsigned, u64 value) override {
    if (at == 0x10) control = value;
    if (at == 0x20) os_.trail("stop " + std::to_string(value));
    if (at >= 0x1000 && at < 0x1040) job[(at - 0x1000) / 8] = value;
    if (at == 0x1038) ++submitted;
    if (at >= 0x2000 && at < 0x2020) msix[(at - 0x2000) / 4] = static_cast<u32>(value);
  }
  u64 free_slots = 16, control = 0, submitted = 0;
  unsigned busy_looks = 0;
  std::array<u64, 8> job{};
  std::array<u32, 8> msix{};

 private:
  FakeOs& os_;
};

struct World {
  explicit World(u64 window = kWindow + 0x1000, u64 window_bytes = 1 << 20)
      : smmu(os),
        ecam(os),
        pcie(os),
        platform(os),
        kernel(os, {},
               {.smmu = {.base = FakeSmmu::kBase,
                         .irq_event = FakeSmmu::kIrqEvent,
                         .irq_pri = FakeSmmu::kIrqPri,
                         .irq_gerror = FakeSmmu::kIrqGerror},
                .pci = {.ecam = kEcam, .ecam_bytes = 2 << 20, .window = window, .window_bytes = window_bytes},
                .msi_doorbell = 0x2a00'0000,
                .first_msi = 64,
                .devices = {{.name = "stalling",
                             .registers = kPlatform,
                             .irq = 40,
                             .stream_id = 7,
                             .pasid_bits = 16}}}) {
    os.plug(kEcam, 2 << 20, ecam);
    os.plug((window + 0x3FFF) & ~u64{0x3FFF}, 0x4000, pcie);  // a BAR is aligned to its size
    os.plug(kPlatform, 0x4000, platform);
  }
  FakeOs os;
  FakeSmmu smmu;
  FakeEcam ecam;
  FakeAccelerator pcie, platform;
  Kernel kernel;
};

}  // namespace

TEST_CASE("boot finds the function, assigns its BAR an aligned address, and sets up both accelerators") {
  World w;
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    REQUIRE(w.kernel.accelerators() == 2);
    CHECK(w.kernel.accelerator(0).device().info.name == "pci 01:01.0");
    CHECK(w.kernel.accelerator(0).device().info.stream_id == kFunction);
    CHECK(w.kernel.accelerator(0).device().info.pasid_bits == 20);
    CHECK(w.kernel.accelerator(0).registers() == kWindow + 0x4000);
    CHECK(w.kernel.accelerator(0).channels() == 4);
    CHECK(w.kernel.accelerator(0).queue_depth() == 16);
    CHECK(w.kernel.accelerator(1).device().info.can_stall);
    CHECK(w.ecam.read(u64{kFunction} << 12 | pci::BAR0, 4) == ((kWindow + 0x4000) | pci::k64BitBar));
    constexpr u32 kOn = pci::kMemorySpace | pci::kBusMaster;
    CHECK((w.ecam.read(u64{kFunction} << 12 | pci::COMMAND, 2) & kOn) == kOn);
    CHECK(w.pcie.msix == std::array<u32, 8>{0x2a00'0000, 0, 64, 0, 0x2a00'0000, 0, 65, 0});
    CHECK((w.ecam.read((u64{kFunction} << 12) + kMsixCap + pci::msix::MESSAGE_CONTROL, 2) &
           pci::msix::kEnable) != 0);
    CHECK(w.pcie.control == 1);
    CHECK(w.os.log.empty());
  });
}

TEST_CASE("a function with another device ID is ignored") {
  World w;
  w.ecam.write(u64{kFunction} << 12, 4, 0x5A02'1EAF);
  std::string trail;
  w.os.trail = [&](const std::string& what) {
    if (what.starts_with("pasid") || what.starts_with("ats")) trail += what + ", ";
  };
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    CHECK(w.kernel.accelerators() == 1);
    CHECK(trail.empty());
  });
}

TEST_CASE("boot numbers the bridge and opens its window for the function behind it") {
  World w;
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    const auto& b = w.ecam.bridge;
    constexpr u32 kOn = pci::kMemorySpace | pci::kBusMaster;
    CHECK(b[pci::bridge::PRIMARY_BUS] == 0);
    CHECK(b[pci::bridge::SECONDARY_BUS] == 1);
    CHECK(b[pci::bridge::SUBORDINATE_BUS] == 1);
    CHECK((b[pci::COMMAND] & kOn) == kOn);
    for (const u32 at : {pci::bridge::MEMORY_BASE, pci::bridge::MEMORY_LIMIT}) {
      CHECK(b[at + 1] == kWindow >> 24);  // the megabyte of the BAR (7.5.1.3.8)
      CHECK(b[at] == 0x00);
    }
  });
}

TEST_CASE("a function's BAR may be at address 0") {
  World w(0);
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    CHECK(w.kernel.accelerator(0).registers() == 0);
    CHECK((w.ecam.read(u64{kFunction} << 12 | pci::COMMAND, 2) & pci::kMemorySpace) != 0);
    CHECK(w.pcie.msix == std::array<u32, 8>{0x2a00'0000, 0, 64, 0, 0x2a00'0000, 0, 65, 0});
  });
}

TEST_CASE("boot fails and says so when the window has no room for a function's BARs") {
  World w(kWindow, 0x2000);
  w.os.run([&] {
    CHECK(!w.kernel.boot());
    CHECK(std::ranges::find(w.os.log, "pci 01:01.0: no room for its BARs") != w.os.log.end());
    CHECK((w.ecam.read(u64{kFunction} << 12 | pci::COMMAND, 2) & pci::kMemorySpace) == 0);
  });
}

TEST_CASE("PASID, ATS and PRI are enabled in this order and disabled in reverse") {
  World w;
  std::string trail;
  w.os.trail = [&](const std::string& what) {
    if (what.starts_with("p") || what.starts_with("a")) trail += what + ", ";
  };
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    const auto process = w.kernel.create_process("p");
    const auto file = w.kernel.accelerator(0).open(*process);
    REQUIRE(file != nullptr);
    CHECK(trail == "pasid on, ats on, pri reset, pri allocation 16, pri on, ");
    trail.clear();
    file->close();
    w.kernel.shutdown();
    CHECK(trail == "pri off, ats off, pasid off, ");
    CHECK(w.smmu.read(test::reg::CR0, 4) == 0);
  });
}

TEST_CASE("a job is written as the data sheet says") {
  World w;
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    const auto process = w.kernel.create_process("p");
    const auto file = w.kernel.accelerator(0).open(*process);
    REQUIRE(file->submit({.opcode = spec::accel::Opcode::kCopy,
                          .source = 0x1000,
                          .destination = 0x2000,
                          .length = 64,
                          .seed = 5,
                          .completion = 0x3000,
                          .tag = 9,
                          .interrupt = true}));
    CHECK(w.pcie.job == std::array<u64, 8>{u64{1} << 32 | 0x301, 0x3000, 0x1000, 0x2000, 64, 5, 9, 0});
    CHECK(w.pcie.submitted == 1);
    w.pcie.free_slots = 0;
    CHECK_FALSE(file->submit({}));
    CHECK(w.pcie.submitted == 1);
  });
}

TEST_CASE("waiting ends with the completion record, at the timeout, or with the process") {
  World w;
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    const auto process = w.kernel.create_process("p");
    REQUIRE(process->mm().mmap(0x1000, 0x1000, kProtReadWrite));
    const auto file = w.kernel.accelerator(1).open(*process);
    REQUIRE(file->clear_completion(0x1000));
    const u64 begin = w.os.now_ps();
    CHECK_FALSE(file->wait(0x1000, 1'000'000'000).has_value());
    CHECK(w.os.now_ps() - begin >= 1'000'000'000);
    const std::array<u64, 4> record{u64{64} << 32 | 1, 0, 0xCAFE, 9};
    REQUIRE(process->mm().write(0x1000, record.data(), sizeof record));
    w.os.raise_irq(40);
    const auto done = file->wait(0x1000, 1'000'000'000);
    REQUIRE(done.has_value());
    CHECK(done->status == spec::accel::Status::kOk);
    CHECK(done->done == 64);
    CHECK(done->result == 0xCAFE);
    CHECK(done->tag == 9);
    process->kill();
    CHECK_FALSE(file->wait(0x1000, 1'000'000'000).has_value());
  });
}

TEST_CASE("closing stops the PASID in the device and waits for that before the CD changes") {
  World w;
  std::string trail;
  w.os.run([&] {
    REQUIRE(w.kernel.boot());
    const auto process = w.kernel.create_process("p");
    const auto file = w.kernel.accelerator(1).open(*process);
    w.os.trail = [&](const std::string& what) { trail += what + " "; };
    w.platform.busy_looks = 5;
    file->close();
    CHECK(trail.starts_with("stop 2147483649 CFGI_CD"));
    CHECK(w.platform.busy_looks == 0);
    CHECK_FALSE(file->is_open());
    CHECK_FALSE(file->submit({}));
  });
}

TEST_CASE("a device that is no accelerator is logged and ignored") {
  World w;
  sw_test::FakeSmmu& other = w.smmu;
  w.os.plug(kPlatform, 0x4000, other);
  w.os.run([&] {
    CHECK_FALSE(w.kernel.boot());
    CHECK(w.kernel.accelerators() == 1);
    CHECK(w.os.log.size() == 1);
  });
}
