// The C ABI: the parts of the machine are where the address map says, and functions where their StreamIDs say.
#include "tests/unit/capi_pci.h"

using namespace smmu_vp::test;

namespace {

std::uint64_t read(const Machine& m, std::uint64_t pa, unsigned size) {
  std::uint64_t value = 0;
  CHECK_MESSAGE(smmu_vp_mmio_read(m.vp, pa, size, &value) == SMMU_VP_OK, last_error());
  return value;
}

constexpr std::uint32_t kVendor = 0x1EAF, kAbsent = pci::kNoVendor;
constexpr std::uint64_t kAccelerator = 0x3141'5653'4343'4141;

}  // namespace

TEST_CASE("through the C ABI every part answers where the address map places it") {
  const Machine m({"memory.base=0x40000000", "memory.size=0x40000000", "smmu.base=0x09050000",
                   "pcie.ecam_base=0x3f000000", "pcie.ecam_size=0x1000000", "pcie.window_base=0x10000000",
                   "pcie.window_size=0x2ef00000", "platform.doorbell_base=0x0b000000",
                   "platform.devices_base=0x0b100000"});
  smmu_vp_layout layout{};
  smmu_vp_endpoint device{};
  REQUIRE(smmu_vp_get_layout(m.vp, &layout) == SMMU_VP_OK);
  REQUIRE(smmu_vp_get_endpoint(m.vp, 1, &device) == SMMU_VP_OK);
  CHECK(m.info.smmu_base == 0x0905'0000);
  CHECK((m.read(reg::AIDR) >> 4 & 0xF) == 0);  // AIDR.ArchMajorRev
  CHECK(m.info.ram_base == 0x4000'0000);
  CHECK(smmu_vp_mem_ptr(m.vp, 0x7FFF'FFF8, 8) != nullptr);
  CHECK(smmu_vp_mem_ptr(m.vp, 0x8000'0000, 8) == nullptr);
  CHECK(m.info.ecam_base == 0x3F00'0000);
  CHECK(m.info.ecam_size == 0x100'0000);
  CHECK(ConfigSpace(m, 0).read(pci::VENDOR, 2) == kVendor);
  CHECK(device.registers == 0x0B10'0000);
  CHECK(read(m, device.registers, 8) == kAccelerator);
  CHECK(layout.msi_doorbell == 0x0B00'0000);
  CHECK(smmu_vp_mmio_write(m.vp, layout.msi_doorbell, 4, 50) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, 50) == 1);
  // A BAR at the window's far end.
  const ConfigSpace function(m, 0x100);
  CHECK(layout.pcie_window_base + layout.pcie_window_size == 0x3EF0'0000);
  function.write(pci::BAR0, 4, 0x3EEF'C000);
  function.write(pci::COMMAND, 2, pci::kMemorySpace);
  CHECK(read(m, 0x3EEF'C000, 8) == kAccelerator);
}

TEST_CASE("through the C ABI a function with a StreamID below 0x100 is integrated into the root complex") {
  Machine m({"endpoint.0.stream_id=8", "endpoint.1.stream_id=0x20"});
  const ConfigSpace function(m, 0x8);
  CHECK_FALSE(ConfigSpace(m, 0).present());  // no root port
  CHECK(function.read(pci::VENDOR, 2) == kVendor);
  CHECK(function.read(pci::HEADER_TYPE, 1) == 0);
  const auto express = function.capability(pci::express::ID);
  REQUIRE(express.has_value());
  CHECK((function.read(*express + 2, 2) >> 4 & 0xF) == 0b1001);  // Root Complex Integrated Endpoint (7.5.3.2)
  CHECK(function.read(*express + 0x0C, 4) == 0);                 // and so no link
  function.write(pci::BAR0, 4, 0x5000'0000);
  function.write(pci::COMMAND, 2, pci::kMemorySpace | pci::kBusMaster);
  CHECK(read(m, 0x5000'0000, 8) == kAccelerator);
  // Its DMA is translated by its StreamID.
  m.enable(8, cd::kAborts);
  m.map(0, Machine::kPage);
  *m.ram(Machine::kPage) = 0x55;
  std::uint64_t data = 0;
  auto r = access(0, SMMU_VP_UNTRANSLATED, Machine::kVa, &data, 8, false);
  r.has_pasid = 1;
  r.pasid = 1;
  smmu_vp_dma_result result{};
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  CHECK(result.status == SMMU_VP_DMA_OK);
  CHECK(data == 0x55);
}

TEST_CASE("through the C ABI a root port's RequesterID is no endpoint's StreamID") {
  const Machine m({"endpoint.1.kind=pcie", "endpoint.1.stream_id=0x200", "endpoint.2.kind=platform",
                   "endpoint.2.stream_id=0x8", "endpoint.3.kind=pcie", "endpoint.3.stream_id=0x18"});
  for (const std::uint32_t bridge : {0x0u, 0x10u})
    CHECK(ConfigSpace(m, bridge).read(pci::HEADER_TYPE, 1) == 1);
  CHECK(ConfigSpace(m, 0x8).read(pci::VENDOR, 2) == kAbsent);  // the platform device's
  CHECK(ConfigSpace(m, 0x18).read(pci::HEADER_TYPE, 1) == 0);
  CHECK(ConfigSpace(m, 0x20).read(pci::VENDOR, 2) == kAbsent);
}

TEST_CASE("through the C ABI RAM that cannot be a file is a configuration error") {
  for (const char* const setting :
       {"memory.file=/dev/null", "memory.file=/nowhere/ram", "memory.file=/tmp"}) {
    const char* overrides[] = {setting, nullptr};
    smmu_vp_handle* vp = nullptr;
    CHECK(smmu_vp_open(nullptr, overrides, &vp) == SMMU_VP_ECONFIG);
    CHECK(last_error().find("memory.file") != std::string::npos);
  }
}
