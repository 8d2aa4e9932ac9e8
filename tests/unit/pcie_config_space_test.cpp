// Configuration space as an operating system enumerates it, and who answers when it changes.
#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/pcie_system.h"

using namespace smmu_vp;
using namespace smmu_vp::test;

namespace {

constexpr u64 kAcceleratorId = 0x3141'5653'4343'4141;  // of its data sheet

std::vector<u32> capabilities(System& s) {
  std::vector<u32> ids;
  for (u32 at = s.read(pci::CAPABILITIES, 1); at != 0; at = s.read(at + 1, 1)) ids.push_back(s.read(at, 1));
  return ids;
}

u32 extended_capability(System& s, u32 id) {
  for (u32 at = pci::EXTENDED; at != 0; at = pci::next_extended(s.read(at, 4)))
    if (pci::extended_id(s.read(at, 4)) == id) return at;
  return 0;
}

}  // namespace

namespace {

// Enumerates from bus 0 without knowledge of the platform: bridges lead to their secondary bus.
void walk(Cpu& cpu, u32 bus, std::vector<u32>& bridges, std::vector<u32>& functions) {
  for (u32 device = 0; device < 32; ++device) {
    for (u32 function = 0; function < 8; ++function) {
      const auto rid = static_cast<u16>(bus << 8 | device << 3 | function);
      if (cpu.config_read(rid, pci::VENDOR, 2) == pci::kNoVendor) {
        if (function == 0) break;
        continue;
      }
      const u32 type = cpu.config_read(rid, pci::HEADER_TYPE, 1);
      if ((type & 0x7F) == pci::bridge::kHeaderType) {
        CHECK(cpu.config_read(rid, pci::CLASS, 1) == 0x00);
        CHECK(cpu.config_read(rid, pci::CLASS + 1, 2) == 0x0604);  // PCI-to-PCI bridge
        CHECK(cpu.config_read(rid, pci::bridge::PRIMARY_BUS, 1) == bus);
        bridges.push_back(rid);
        const u32 secondary = cpu.config_read(rid, pci::bridge::SECONDARY_BUS, 1);
        if (secondary > bus) walk(cpu, secondary, bridges, functions);  // 0: nothing behind it
      } else {
        functions.push_back(rid);
      }
      if (function == 0 && type < 0x80) break;
    }
  }
}

}  // namespace

TEST_CASE("enumeration from bus 0 finds the root port and the function behind it and nothing else") {
  System s;
  s.run([&] {
    std::vector<u32> bridges, functions, all;
    walk(s.cpu, 0, bridges, functions);
    CHECK(bridges == std::vector<u32>{0});
    CHECK(functions == std::vector<u32>{kRid});
    for (u32 rid = 0; rid < 0x10000; ++rid)
      if (s.cpu.config_read(static_cast<u16>(rid), pci::VENDOR, 2) != pci::kNoVendor) all.push_back(rid);
    CHECK(all == std::vector<u32>{0, kRid});
  });
}

TEST_CASE("enumeration finds several root ports and every function behind them") {
  System s;
  pcie::RootPort second("second", {}, s.timing), empty("empty", {}, s.timing);
  s.bridge.add(second, 1);
  s.bridge.add(empty, 2);
  FakeSmmu smmu("smmu2"), smmu3("smmu3");
  const auto bind = [](pcie::RootPort& port, FakeSmmu& to) {
    port.dma_out.bind(to.dma_in);
    port.messages_out.bind(to.messages_in);
    to.messages_out.bind(port.messages_in);
  };
  bind(second, smmu);
  bind(empty, smmu3);
  pcie::EndpointConfig config = default_endpoint();
  core::ReferenceCache caches[] = {core::ReferenceCache{core::CacheConfig{}},
                                   core::ReferenceCache{core::CacheConfig{}}};
  config.stream_id = 0x0400;
  pcie::Endpoint ep1("ep1", config, device::kAccelerator, second, s.timing, s.facts, caches[0]);
  config.stream_id = 0x0403;
  pcie::Endpoint ep2("ep2", config, device::kAccelerator, second, s.timing, s.facts, caches[1]);
  s.run([&] {
    std::vector<u32> bridges, functions;
    walk(s.cpu, 0, bridges, functions);
    CHECK(bridges == std::vector<u32>{0x00, 0x08, 0x10});
    CHECK(functions == std::vector<u32>{kRid, 0x0400, 0x0403});
  });
}

TEST_CASE("a root port's bus numbers, window and enables determine what passes it") {
  System s;
  s.run([&] {
    s.enable(false, 0);
    const auto id = [&] { return s.reg(accel::reg::ID); };
    const u64 seen = id();
    CHECK(seen == kAcceleratorId);
    CHECK((s.cpu.config_read(0, 0x40, 4) >> 20 & 0xF) == 0b0100);     // Root Port (7.5.3.2)
    s.cpu.config_write(0, pci::bridge::MEMORY_BASE, 4, 0x5010'5010);  // another megabyte, base and limit
    CHECK(id() == ~u64{0});
    s.cpu.config_write(0, pci::bridge::MEMORY_BASE, 4, 0x5000'5000);
    CHECK(id() == seen);
    s.cpu.config_write(0, pci::COMMAND, 2, pci::kBusMaster);  // no Memory Space Enable
    CHECK(id() == ~u64{0});
    u64 data = 0;
    const auto read = [&] {
      return s.endpoint
          .inject({.kind = device::InjectKind::kTranslated, .address = kRam, .data = &data, .bytes = 8})
          .status;
    };
    CHECK(read() == transport::DmaStatus::kSuccess);
    s.cpu.config_write(0, pci::COMMAND, 2, pci::kMemorySpace);  // no Bus Master Enable
    CHECK(read() == transport::DmaStatus::kUnsupportedRequest);
    for (const u32 at : {pci::bridge::SECONDARY_BUS, pci::bridge::SUBORDINATE_BUS})
      s.cpu.config_write(0, at, 1, 7);  // renumbered: the function is there now
    CHECK(s.cpu.config_read(kRid, pci::VENDOR, 2) == pci::kNoVendor);
    CHECK(s.cpu.config_read(0x0708, 0, 2) == 0x1EAF);
    CHECK(s.cpu.config_read(0x0808, pci::VENDOR, 2) == pci::kNoVendor);
  });
}

TEST_CASE("an unaligned or oversized configuration access is refused") {
  System s;
  s.run([&] {
    u64 data = 0;
    CHECK(Cpu::access(s.cpu.config, false, spec::pcie::ecam_offset(kRid) + 1, &data, 2) ==
          tlm::TLM_BURST_ERROR_RESPONSE);
    CHECK(Cpu::access(s.cpu.config, false, spec::pcie::ecam_offset(kRid), &data, 8) ==
          tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_CASE("the BAR is 64-bit, reports its size and decodes only when memory space is enabled") {
  System s;
  s.run([&] {
    s.write(pci::BAR0, 4, 0xFFFF'FFFF);
    s.write(pci::BAR1, 4, 0xFFFF'FFFF);
    CHECK(s.read(pci::BAR0, 4) == (mask(31, 14) | pci::k64BitBar));  // 16 KB, not prefetchable
    CHECK(s.read(pci::BAR1, 4) == 0xFFFF'FFFF);
    s.write(pci::BAR0, 4, static_cast<u32>(kBar));
    s.write(pci::BAR1, 4, 0);
    u64 id = 0;
    const u64 nobody = ~u64{0};  // 2.3.2
    CHECK(Cpu::access(s.cpu.memory, false, kBar, &id, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(id == nobody);
    s.write(pci::COMMAND, 2, pci::kMemorySpace);
    CHECK(Cpu::access(s.cpu.memory, false, kBar, &id, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(id == kAcceleratorId);
    CHECK(Cpu::access(s.cpu.memory, false, kBar + 0x4000, &id, 8) == tlm::TLM_OK_RESPONSE);
    CHECK(id == nobody);
  });
}

TEST_CASE("the capability lists contain PCI Express, MSI-X, Power Management, PASID, ATS and Page Request") {
  System s;
  s.run([&] {
    CHECK((s.read(pci::STATUS, 2) & pci::kCapabilitiesList) != 0);
    constexpr u32 kPowerManagement = 0x01;  // 7.5.2
    CHECK(capabilities(s) == std::vector<u32>{pci::express::ID, pci::msix::ID, kPowerManagement});
    const u32 pasid = extended_capability(s, pci::pasid::ID), ats = extended_capability(s, pci::ats::ID),
              pri = extended_capability(s, pci::pri::ID);
    REQUIRE(pasid != 0);
    REQUIRE(ats != 0);
    REQUIRE(pri != 0);
    CHECK((s.read(pasid + pci::pasid::CAPABILITY, 2) & pci::pasid::max_width(0b1'1111)) ==
          pci::pasid::max_width(20));
    CHECK((s.read(ats + pci::ats::CAPABILITY, 2) & 0x1F) == 0);  // 32 invalidations
    CHECK((s.read(ats + pci::ats::CAPABILITY, 2) & pci::ats::kPageAligned) != 0);
    CHECK((s.read(pri + pci::pri::STATUS, 2) & pci::pri::kStopped) != 0);
    CHECK((s.read(pri + pci::pri::STATUS, 2) & pci::pri::kResponseNeedsPasid) != 0);
    CHECK(s.read(pri + pci::pri::CAPACITY, 4) == 32);
    CHECK(s.read(pri + pci::pri::ALLOCATION, 4) == 0);
  });
}

TEST_CASE("PASID control is frozen while ATS is enabled, the allocation while PRI is") {
  System s;
  s.run([&] {
    s.enable();
    s.write(pcie::ConfigSpace::kPasid + pci::pasid::CONTROL, 2, 0);
    CHECK(s.read(pcie::ConfigSpace::kPasid + pci::pasid::CONTROL, 2) == pci::pasid::kEnable);
    s.write(pcie::ConfigSpace::kPri + pci::pri::ALLOCATION, 4, 3);
    CHECK(s.read(pcie::ConfigSpace::kPri + pci::pri::ALLOCATION, 4) == 16);
  });
}

TEST_CASE(
    "enabling the page request interface clears Stopped, disabling it sets Stopped when nothing is "
    "outstanding") {
  System s;
  s.run([&] {
    s.enable();
    CHECK((s.read(pcie::ConfigSpace::kPri + pci::pri::STATUS, 2) & pci::pri::kStopped) == 0);
    s.write(pcie::ConfigSpace::kPri + pci::pri::CONTROL, 2, 0);
    CHECK((s.read(pcie::ConfigSpace::kPri + pci::pri::STATUS, 2) & pci::pri::kStopped) != 0);
  });
}

TEST_CASE("a function level reset sets every register to its reset value") {
  System s;
  s.run([&] {
    s.enable();
    s.reset_function();
    CHECK(s.read(pci::COMMAND, 2) == 0);
    CHECK(s.read(pci::BAR0, 4) == pci::k64BitBar);
    CHECK(s.read(pcie::ConfigSpace::kAts + pci::ats::CONTROL, 2) == 0);
    CHECK(s.read(pcie::ConfigSpace::kPri + pci::pri::STATUS, 2) ==
          (pci::pri::kResponseNeedsPasid | pci::pri::kStopped));
    CHECK((s.read(pcie::ConfigSpace::kExpress + pci::express::DEVICE_CONTROL, 2) &
           pci::express::kInitiateFlr) == 0);
  });
}

TEST_CASE("an interrupt raised while its vector is masked is sent when the mask is cleared") {
  System s;
  s.run([&] {
    s.enable(false, 0);
    const u32 doorbell_data = 77;
    const u64 doorbell = kRam + 0x80;
    s.set_reg(0x2000, doorbell);
    s.set_reg(0x2008, doorbell_data | u64{1} << 32);  // masked
    s.write(pcie::ConfigSpace::kMsix + pci::msix::MESSAGE_CONTROL, 2, pci::msix::kEnable);
    device::Descriptor nop = job(accel::Opcode::kNop, 1, 0, 0, 0);
    accel::desc::INTERRUPT.set(nop, 1);
    s.submit(nop);
    s.until_idle();
    CHECK(s.reg(0x3000) == 1);
    CHECK(*s.smmu.at(doorbell) == 0);
    s.set_reg(0x2008, doorbell_data);
    CHECK(s.reg(0x3000) == 0);
    CHECK(*s.smmu.at(doorbell) == 77);
    CHECK_FALSE(s.smmu.seen.back().request.who.pasid);
  });
}

TEST_CASE("a register access that crosses the link behind a reset finds nobody") {
  System s;
  u64 id = 0;
  s.run([&] {
    s.enable();
    const device::Descriptor nothing = job(accel::Opcode::kNop, 1, 0, 0, 0);
    const unsigned last = static_cast<unsigned>(nothing.size()) - 1;
    for (unsigned i = 0; i < last; ++i) s.set_reg(accel::reg::SUBMIT + 8 * i, nothing[i]);
    System::spawn([&] {
      sleep_ps(1);
      s.set_reg(accel::reg::SUBMIT + 8 * last, nothing[last]);
    });
    System::spawn([&] {
      sleep_ps(1);
      id = s.reg(accel::reg::ID);
    });
    s.reset_function();
    sleep_ps(100 * kMicrosecond);
    CHECK(s.endpoint.idle());
  });
  CHECK(id == ~u64{0});
}
