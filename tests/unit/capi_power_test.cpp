// The C ABI: the power states of an endpoint and of a root port (5.3, 7.5.2), and the reset of what is behind one (6.6.1).
#include "tests/unit/capi_pci.h"

using namespace smmu_vp::test;

namespace {

constexpr std::uint32_t kRootPort = 0x0, kFunctionId = 0x100, kPower = 0x01;
constexpr std::uint32_t kD0 = 0, kD1 = 1, kD3Hot = 3;

// A function whose registers software can reach: Memory Base and Limit of the port, BAR 0, and both Commands (7.5.1).
class Opened {
 public:
  explicit Opened(const Machine& m) : vp_(m.vp), port_(m, kRootPort), function_(m, kFunctionId) {
    smmu_vp_layout layout{};
    REQUIRE(smmu_vp_get_layout(vp_, &layout) == SMMU_VP_OK);
    bar_ = layout.pcie_window_base;
    for (const std::uint32_t end : {0x20u, 0x22u})
      port_.write(end, 2, static_cast<std::uint32_t>(bar_ >> 16));
    port_.write(0x04, 2, 6);
    open_function();
  }
  void open_function() const {
    function_.write(0x10, 4, static_cast<std::uint32_t>(bar_));
    function_.write(0x14, 4, static_cast<std::uint32_t>(bar_ >> 32));
    function_.write(0x04, 2, 6);
  }
  // The first one; all ones where nothing answers.
  std::uint64_t registers() const {
    std::uint64_t id = 0;
    return smmu_vp_mmio_read(vp_, bar_, 8, &id) == SMMU_VP_OK ? id : ~std::uint64_t{0};
  }

 private:
  smmu_vp_handle* vp_;
  ConfigSpace port_, function_;
  std::uint64_t bar_ = 0;
};

}  // namespace

TEST_CASE(
    "through the C ABI a function in D3hot answers configuration requests only, and comes back as it was") {
  const Machine m;
  const ConfigSpace function(m, kFunctionId);
  const auto power = function.capability(kPower);
  REQUIRE(power.has_value());
  CHECK((function.read(*power + 2, 2) & 7) == 3);       // version
  CHECK((function.read(*power + 2, 2) & 0xFE00) == 0);  // neither D1 nor D2, and no PME
  CHECK((function.read(*power + 4, 2) & 8) != 0);       // No_Soft_Reset
  const Opened opened(m);
  const auto registers = [&] { return opened.registers(); };
  const std::uint64_t id = registers();
  REQUIRE(id != ~std::uint64_t{0});
  function.write(*power + 4, 2, kD3Hot);
  CHECK((function.read(*power + 4, 2) & 3) == kD3Hot);
  CHECK(registers() == ~std::uint64_t{0});
  CHECK(function.present());
  function.write(*power + 4, 2, kD1);  // discarded (7.5.2.2)
  CHECK((function.read(*power + 4, 2) & 3) == kD3Hot);
  function.write(*power + 4, 2, kD0);
  CHECK(registers() == id);
  CHECK(function.read(0x04, 2) == 6);
}

TEST_CASE("through the C ABI a root port in D3hot forwards nothing, and comes back as it was") {
  const Machine m;
  const ConfigSpace port(m, kRootPort), function(m, kFunctionId);
  const auto power = port.capability(kPower);
  REQUIRE(power.has_value());
  CHECK((port.read(*power + 2, 2) & 7) == 3);          // version
  CHECK((port.read(*power + 2, 2) >> 11) == 0b11001);  // PME from D0, D3hot and D3cold (7.5.2.1)
  CHECK((port.read(*power + 4, 2) & 8) != 0);          // No_Soft_Reset
  const Opened opened(m);
  const std::uint64_t id = opened.registers();
  REQUIRE(id != ~std::uint64_t{0});
  port.write(*power + 4, 2, kD3Hot);
  CHECK((port.read(*power + 4, 2) & 3) == kD3Hot);
  CHECK(opened.registers() == ~std::uint64_t{0});
  CHECK_FALSE(function.present());
  port.write(*power + 4, 2, kD1);  // discarded (7.5.2.2)
  CHECK((port.read(*power + 4, 2) & 3) == kD3Hot);
  port.write(*power + 4, 2, kD0);
  CHECK(opened.registers() == id);
}

TEST_CASE(
    "through the C ABI a Secondary Bus Reset resets what is behind a root port, and nothing reaches it "
    "meanwhile") {
  constexpr std::uint32_t kBridgeControl = 0x3E, kReset = 1 << 6, kExpress = 0x10, kPasid = 0x1B;
  const Machine m;
  const ConfigSpace port(m, kRootPort), function(m, kFunctionId);
  const auto link_is_active = [&] {
    return (port.read(*port.capability(kExpress) + 0x12, 2) >> 13 & 1) != 0;
  };
  const Opened opened(m);
  const std::uint64_t id = opened.registers();
  REQUIRE(id != ~std::uint64_t{0});
  const std::uint32_t pasid = *function.extended_capability(kPasid);
  function.write(pasid + 6, 2, 1);
  REQUIRE(function.read(pasid + 6, 2) == 1);

  port.write(kBridgeControl, 2, kReset);
  CHECK(port.read(kBridgeControl, 2) == kReset);
  CHECK_FALSE(link_is_active());
  CHECK_FALSE(function.present());
  CHECK(opened.registers() == ~std::uint64_t{0});

  port.write(kBridgeControl, 2, 0);
  CHECK(link_is_active());
  REQUIRE(function.present());
  CHECK(function.read(0x04, 2) == 0);
  CHECK(function.read(0x10, 4) == 4);
  CHECK(function.read(pasid + 6, 2) == 0);
  opened.open_function();
  CHECK(opened.registers() == id);
  CHECK(port.read(0x04, 2) == 6);  // the port keeps its own registers
}
