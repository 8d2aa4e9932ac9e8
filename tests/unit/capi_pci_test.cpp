// The C ABI: configuration space as an operating system, and `lspci -vv`, read it: lists, links, BARs, Access Control
// Services and the root port's interrupts.
#include "tests/unit/capi_pci.h"

using namespace smmu_vp::test;

namespace {

constexpr std::uint32_t kRootPort = 0x0, kFunctionId = 0x100;  // RequesterIDs of the default configuration
constexpr std::uint32_t kExpress = pci::express::ID, kMsi = 0x05, kAcs = 0x0D;
constexpr std::uint32_t kInta = 224;  // of the root port that is device 0
constexpr std::uint64_t kNs = 1000;

// The bits of a register that software can change, found by writing all ones and then zeros.
std::uint32_t writable(const ConfigSpace& config, std::uint32_t offset, unsigned size) {
  const std::uint32_t before = config.read(offset, size);
  config.write(offset, size, ~0u);
  const std::uint32_t ones = config.read(offset, size);
  config.write(offset, size, 0);
  const std::uint32_t zeros = config.read(offset, size);
  config.write(offset, size, before);
  return ones ^ zeros;
}

// A root port whose link's training interrupts.
class Port : public ConfigSpace {
 public:
  explicit Port(const Machine& m)
      : ConfigSpace(m, kRootPort), express_(*capability(kExpress)), msi_(*capability(kMsi)) {}

  void retrain() const {
    write(express_ + 0x10, 2, 1 << 5 | 1 << 10);
  }                                                                 // Retrain Link, its interrupt enabled
  void acknowledge() const { write(express_ + 0x12, 2, 1 << 14); }  // Link Bandwidth Management Status
  void enable_msi(std::uint64_t address, std::uint32_t data) const {
    write(msi_ + 4, 4, static_cast<std::uint32_t>(address));
    write(msi_ + 8, 4, static_cast<std::uint32_t>(address >> 32));
    write(msi_ + 12, 2, data);
    write(msi_ + 2, 2, 1);
  }
  std::uint32_t link_status() const { return read(express_ + 0x12, 2); }
  bool interrupt_status() const { return (read(0x06, 2) >> 3 & 1) != 0; }

 private:
  std::uint32_t express_, msi_;
};

}  // namespace

TEST_CASE("through the C ABI capability lists end, and no capability reaches into the next") {
  const Machine m;
  // Lengths by ID (7.5.2, 7.5.3, 7.7.1, 7.7.2; 7.7.8, 7.8.9, 10.5).
  const auto length = [](std::uint32_t id) {
    return id == 0x10 ? 0x3Cu : id == 0x05 ? 0x0Eu : id == 0x11 ? 0x0Cu : id == 0x01 ? 0x08u : 0u;
  };
  const auto extended_length = [](std::uint32_t id) { return id == 0x13 ? 0x10u : 0x08u; };
  for (const std::uint32_t id : {kRootPort, kFunctionId}) {
    CAPTURE(id);
    const ConfigSpace config(m, id);
    CHECK((config.read(0x06, 2) >> 4 & 1) == 1);  // Capabilities List
    const auto all = config.capabilities();
    CHECK(all.size() == 3);
    for (std::size_t i = 0; i < all.size(); ++i) {
      REQUIRE(length(config.read(all[i], 1)) != 0);
      for (std::size_t j = 0; j < all.size(); ++j)
        CHECK((i == j || all[j] < all[i] || all[j] >= all[i] + length(config.read(all[i], 1))));
      CHECK(all[i] + length(config.read(all[i], 1)) <= 0x100);
    }
    const auto extended = config.extended_capabilities();
    CHECK(extended.size() == (id == kRootPort ? 1 : 3));
    for (std::size_t i = 0; i < extended.size(); ++i) {
      CHECK((config.read(extended[i], 4) >> 16 & 0xF) == 1);  // version
      for (const std::uint32_t other : extended)
        CHECK((other <= extended[i] || other >= extended[i] + extended_length(config.read(extended[i], 2))));
    }
  }
}

TEST_CASE("through the C ABI reserved and read-only bits of configuration space stay as they are") {
  const Machine m;
  const ConfigSpace port(m, kRootPort), function(m, kFunctionId);
  for (const ConfigSpace* config : {&port, &function}) {
    CHECK(writable(*config, 0x00, 4) == 0);                    // Vendor ID, Device ID
    CHECK((writable(*config, 0x04, 2) & ~0x0547u) == 0);       // Command
    CHECK((writable(*config, 0x04, 2) & 0x0146u) == 0x0146u);  // Memory, Bus Master, Parity, SERR (7.5.1.1.3)
    CHECK(writable(*config, 0x08, 4) == 0);                    // Revision ID, Class Code
    CHECK(writable(*config, 0x0E, 1) == 0);                    // Header Type
    CHECK(writable(*config, 0x34, 1) == 0);
    CHECK(writable(*config, 0x3C, 2) == 0xFF);  // Interrupt Line; Interrupt Pin is read-only
    const std::uint32_t express = *config->capability(kExpress);
    for (const std::uint32_t read_only : {0x00u, 0x04u, 0x0Cu, 0x24u, 0x2Cu})
      CHECK(writable(*config, express + read_only, 4) == 0);
  }
  CHECK(writable(port, 0x10, 4) == 0);  // no BARs
  CHECK(writable(port, 0x1C, 2) == 0);  // no I/O window
  CHECK(writable(port, 0x24, 4) == 0);  // no prefetchable window
  CHECK(writable(port, 0x20, 4) == 0xFFF0'FFF0);
  CHECK(port.read(0x3D, 1) == 1);      // INTA
  CHECK(function.read(0x3D, 1) == 0);  // MSI-X only
}

TEST_CASE(
    "through the C ABI both ends of a link report the configured speed and width, and what they support") {
  const Machine m({"link.gen=4", "link.lanes=16"});
  for (const std::uint32_t id : {kRootPort, kFunctionId}) {
    const ConfigSpace config(m, id);
    const std::uint32_t express = *config.capability(kExpress);
    const std::uint32_t most = config.read(express + 0x0C, 4), now = config.read(express + 0x12, 2);
    CHECK((most & 0x3FF) == (16 << 4 | 4));
    CHECK((now & 0x3FF) == (16 << 4 | 4));
    CHECK((most >> 22 & 1) == 1);                               // ASPM Optionality Compliance (7.5.3.6)
    CHECK((now >> 11 & 1) == 0);                                // Link Training
    CHECK((config.read(express + 0x2C, 4) & 0xFE) == 0b11110);  // 2.5 to 16 GT/s (7.5.3.18)
    CHECK((config.read(express + 0x30, 2) & 0xF) == 4);         // Target Link Speed
    // Only a port reports that its link is active, and notifies of its bandwidth.
    CHECK((most >> 20 & 3) == (id == kRootPort ? 3u : 0u));
    CHECK((now >> 13 & 1) == (id == kRootPort ? 1u : 0u));
  }
}

TEST_CASE("through the C ABI a BAR reports its size to the sizing that an operating system does") {
  const Machine m;
  const ConfigSpace function(m, kFunctionId);
  const std::uint32_t low = function.read(0x10, 4), high = function.read(0x14, 4);
  function.write(0x10, 4, ~0u);
  function.write(0x14, 4, ~0u);
  const std::uint64_t mask = std::uint64_t{function.read(0x14, 4)} << 32 | (function.read(0x10, 4) & ~0xFu);
  CHECK((function.read(0x10, 4) & 0xF) == 4);  // memory, 64 bits, not prefetchable
  CHECK(~mask + 1 == 0x4000);
  function.write(0x10, 4, low);
  function.write(0x14, 4, high);
  for (std::uint32_t bar = 0x18; bar <= 0x24; bar += 4) CHECK(writable(function, bar, 4) == 0);
  CHECK(writable(function, 0x30, 4) == 0);  // no expansion ROM
}

TEST_CASE("through the C ABI a root port controls access as PASIDs need it") {
  const Machine m;
  const ConfigSpace port(m, kRootPort);
  const auto acs = port.extended_capability(kAcs);
  REQUIRE(acs.has_value());
  // Source Validation, Request Redirect, Completion Redirect, Upstream Forwarding (7.7.8.2).
  constexpr std::uint32_t kServices = 0b11101;
  CHECK(port.read(*acs + 4, 2) == kServices);
  CHECK(port.read(*acs + 6, 2) == 0b11100);  // as firmware leaves it
  CHECK(writable(port, *acs + 6, 2) == kServices);
}

TEST_CASE("through the C ABI Source Validation stops requests whose bus is not behind the port") {
  const Machine m;
  const ConfigSpace port(m, kRootPort), function(m, kFunctionId);
  const std::uint32_t acs = *port.extended_capability(kAcs);
  function.write(0x04, 2, 6);
  std::uint64_t data = 0;
  const auto r = access(0, SMMU_VP_UNTRANSLATED, m.info.ram_base, &data, 8, false);
  const auto status = [&] {
    smmu_vp_dma_result result{};
    CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
    return result.status;
  };
  port.write(acs + 6, 2, 1);
  CHECK(status() == SMMU_VP_DMA_OK);
  port.write(0x18, 4, 0x0007'0700);  // bus 7 is behind the port now
  CHECK(status() == SMMU_VP_DMA_CA);
  port.write(acs + 6, 2, 0);
  CHECK(status() == SMMU_VP_DMA_OK);
}

TEST_CASE(
    "through the C ABI functions of one device have Access Control Services, and a single function has "
    "none") {
  const Machine m({"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x101", "endpoint.2.kind=pcie",
                   "endpoint.2.stream_id=0x200"});
  for (const std::uint32_t id : {0x100u, 0x101u}) {
    const ConfigSpace function(m, id);
    CHECK((function.read(0x0E, 1) & 0x80) != 0);
    const auto acs = function.extended_capability(kAcs);
    REQUIRE(acs.has_value());
    CHECK(function.read(*acs + 4, 4) == 0);  // nothing to control
  }
  CHECK_FALSE(ConfigSpace(m, 0x200).extended_capability(kAcs).has_value());
}

TEST_CASE("through the C ABI a root port's interrupt is an MSI that the SMMU translates by its RequesterID") {
  Machine m;
  const Port port(m);
  smmu_vp_layout layout{};
  REQUIRE(smmu_vp_get_layout(m.vp, &layout) == SMMU_VP_OK);
  port.enable_msi(layout.msi_doorbell, 50);
  port.retrain();
  CHECK(smmu_vp_settle(m.vp, kUs) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, 50) == 1);
  CHECK(smmu_vp_irq_level(m.vp, kInta) == 0);
  CHECK((port.link_status() >> 14 & 1) == 1);
  CHECK(port.interrupt_status());
  // While the cause is there, another training sends none.
  std::uint64_t fired = 0;
  CHECK(smmu_vp_irq_wait(m.vp, std::uint64_t{1} << 50, 0, &fired) == SMMU_VP_OK);
  port.retrain();
  CHECK(smmu_vp_settle(m.vp, kUs) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, 50) == 0);
  port.acknowledge();
  CHECK((port.link_status() >> 14 & 1) == 0);
  CHECK_FALSE(port.interrupt_status());
  // Its stream has no STE: the MSI is aborted, with an event that names the port.
  m.enable(kFunctionId, std::uint64_t{3} << 45);
  port.retrain();
  CHECK(smmu_vp_settle(m.vp, kUs) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, 50) == 0);
  CHECK((m.ram(Machine::kEvents)[0] & 0xFF) == 0x04);  // C_BAD_STE (7.3.5)
  CHECK((m.ram(Machine::kEvents)[0] >> 32) == kRootPort);
}

TEST_CASE("through the C ABI a root port without MSI asserts INTA") {
  const Machine m;
  const Port port(m);
  port.retrain();
  CHECK(smmu_vp_advance(m.vp, kNs) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, kInta) == 1);
  CHECK(smmu_vp_irq_level(m.vp, kInta + 1) == 0);
}

TEST_CASE("through the C ABI a root port with Interrupt Disable asserts INTA once that is cleared") {
  const Machine m;
  const Port port(m);
  port.write(0x04, 2, 1 << 10);
  port.retrain();
  CHECK(smmu_vp_advance(m.vp, kNs) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, kInta) == 0);
  CHECK(port.interrupt_status());
  port.write(0x04, 2, 0);
  CHECK(smmu_vp_advance(m.vp, kNs) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, kInta) == 1);
}
