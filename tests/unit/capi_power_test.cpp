// The C ABI: the power states of an endpoint (5.3, 7.5.2).
#include "tests/unit/capi_pci.h"

using namespace smmu_vp::test;

namespace {

constexpr std::uint32_t kRootPort = 0x0, kFunctionId = 0x100, kPower = 0x01;
constexpr std::uint32_t kD0 = 0, kD1 = 1, kD3Hot = 3;

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
  // Memory Base and Limit of the port, BAR 0, and both Commands (7.5.1).
  smmu_vp_layout layout{};
  REQUIRE(smmu_vp_get_layout(m.vp, &layout) == SMMU_VP_OK);
  const std::uint64_t bar = layout.pcie_window_base;
  const ConfigSpace port(m, kRootPort);
  for (const std::uint32_t end : {0x20u, 0x22u}) port.write(end, 2, static_cast<std::uint32_t>(bar >> 16));
  port.write(0x04, 2, 6);
  function.write(0x10, 4, static_cast<std::uint32_t>(bar));
  function.write(0x14, 4, static_cast<std::uint32_t>(bar >> 32));
  function.write(0x04, 2, 6);
  const auto registers = [&] {
    std::uint64_t id = 0;
    return smmu_vp_mmio_read(m.vp, bar, 8, &id) == SMMU_VP_OK ? id : ~std::uint64_t{0};
  };
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
