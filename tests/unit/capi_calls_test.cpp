// The C ABI call by call: its guarantees, and its answers to invalid arguments.
#include <sys/resource.h>

#include <filesystem>
#include <thread>

#include "tests/unit/capi_driver.h"

using namespace smmu_vp::test;

TEST_CASE("through the C ABI a second platform is refused while one is open and after it was closed") {
  smmu_vp_handle* second = nullptr;
  {
    Machine m;
    CHECK(smmu_vp_open(nullptr, nullptr, &second) == SMMU_VP_EBUSY);
    CHECK(second == nullptr);
    CHECK(last_error().find("open in this process") != std::string::npos);
    CHECK(smmu_vp_advance(m.vp, kUs) == SMMU_VP_OK);
  }
  CHECK(smmu_vp_open(nullptr, nullptr, &second) == SMMU_VP_EBUSY);
  CHECK(last_error().find("another process") != std::string::npos);
}

TEST_CASE("through the C ABI a call after close is an error and does not crash") {
  smmu_vp_handle* vp = nullptr;
  REQUIRE(smmu_vp_open(nullptr, nullptr, &vp) == SMMU_VP_OK);
  smmu_vp_close(vp);
  smmu_vp_close(vp);
  std::uint64_t value = 0;
  CHECK(smmu_vp_mmio_read(vp, 0x2b40'0000, 4, &value) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_advance(vp, 1) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mem_ptr(vp, 0x8000'0000, 1) == nullptr);
  CHECK(smmu_vp_now_ps(vp) == 0);
  CHECK(smmu_vp_irq_level(vp, 32) == -1);
  CHECK(last_error().find("not the handle of an open platform") != std::string::npos);
}

TEST_CASE(
    "through the C ABI a refused configuration is reported with key and limit and another may be tried") {
  smmu_vp_handle* vp = nullptr;
  const char* wrong[] = {"cpu.cuont=3", nullptr};
  CHECK(smmu_vp_open(nullptr, wrong, &vp) == SMMU_VP_ECONFIG);
  CHECK(last_error().find("did you mean 'cpu.count'") != std::string::npos);
  CHECK(smmu_vp_open("/no/such/file.toml", nullptr, &vp) == SMMU_VP_ECONFIG);
  CHECK(last_error().find("/no/such/file.toml") != std::string::npos);
  const char* too_large[] = {"memory.size=2199023255552", nullptr};
  CHECK(smmu_vp_open(nullptr, too_large, &vp) == SMMU_VP_ECONFIG);
  CHECK(last_error().find("memory.size") != std::string::npos);
  CHECK(smmu_vp_open(nullptr, nullptr, nullptr) == SMMU_VP_EINVAL);
  Machine m;
  CHECK(m.info.endpoint_count == 2);
}

#if !defined(__SANITIZE_ADDRESS__)  // AddressSanitizer's own memory exceeds any such limit
TEST_CASE("through the C ABI memory that the host cannot map is a configuration error") {
  const rlimit limit{std::uint64_t{8} << 30, std::uint64_t{8} << 30};
  REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
  smmu_vp_handle* vp = nullptr;
  const char* large[] = {"memory.size=1099511627776", nullptr};
  CHECK(smmu_vp_open(nullptr, large, &vp) == SMMU_VP_ECONFIG);
  CHECK(last_error().find("memory.size") != std::string::npos);
  Machine m;  // the process can still open a platform
  CHECK(m.read(reg::IDR0) != 0);
}
#endif

TEST_CASE("through the C ABI NULL for any pointer is an error") {
  Machine m;
  std::uint64_t value = 0;
  smmu_vp_dma_request request{};
  smmu_vp_dma_result result{};
  int done = 0;
  CHECK(smmu_vp_get_info(nullptr, &m.info) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_get_info(m.vp, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_get_layout(m.vp, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_get_endpoint(m.vp, 0, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mmio_read(m.vp, m.info.smmu_base, 4, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mem_read(m.vp, m.info.ram_base, nullptr, 8) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mem_write(m.vp, m.info.ram_base, nullptr, 8) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mem_write(m.vp, m.info.ram_base, nullptr, 0) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_wait(m.vp, 1, 0, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_dma(m.vp, nullptr, &result) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_dma(m.vp, &request, nullptr) == SMMU_VP_EINVAL);
  request.length = 8;
  CHECK(smmu_vp_dma(m.vp, &request, &result) == SMMU_VP_EINVAL);
  CHECK(last_error().find("data is NULL") != std::string::npos);
  CHECK(smmu_vp_dma_start(m.vp, &request, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_dma_poll(m.vp, 1, &result, nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_dma_poll(m.vp, 1, &result, &done) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_counter(m.vp, nullptr, &value) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_counter(m.vp, "smmu.walks", nullptr) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_violations(m.vp, nullptr, nullptr, 0) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_violations(m.vp, &value, nullptr, 8) == SMMU_VP_EINVAL);
  smmu_vp_close(nullptr);
}

TEST_CASE("through the C ABI register accesses of odd sizes or to unused addresses are errors") {
  Machine m;
  std::uint64_t value = 0;
  CHECK(smmu_vp_mmio_read(m.vp, m.info.smmu_base, 3, &value) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mmio_read(m.vp, m.info.smmu_base, 16, &value) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mmio_read(m.vp, m.info.smmu_base + 2, 4, &value) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_mmio_write(m.vp, m.info.smmu_base + 4, 8, 0) == SMMU_VP_EINVAL);
  // Aligned to its size, but of a size the SMMU does not take (6.2).
  CHECK(smmu_vp_mmio_read(m.vp, m.info.smmu_base, 1, &value) == SMMU_VP_EFAULT);
  CHECK(value == 0xFF);
  CHECK(smmu_vp_mmio_read(m.vp, 0x1000, 4, &value) == SMMU_VP_EFAULT);
  CHECK(value == 0xFFFF'FFFF);
  CHECK(last_error().find("0x1000") != std::string::npos);
  CHECK(smmu_vp_mmio_write(m.vp, ~std::uint64_t{7}, 8, 1) == SMMU_VP_EFAULT);
  // A function that is not there reads as all ones (PCIe 2.3.2).
  CHECK(smmu_vp_mmio_read(m.vp, m.info.ecam_base + (std::uint64_t{0x7777} << 12), 4, &value) == SMMU_VP_OK);
  CHECK(value == pci::kAbsent);
}

TEST_CASE("through the C ABI the memory calls access RAM only") {
  Machine m;
  std::uint64_t value = 0x0123'4567'89AB'CDEF, back = 0;
  const std::uint64_t end = m.info.ram_base + m.info.ram_size;
  CHECK(smmu_vp_mem_write(m.vp, end - 8, &value, 8) == SMMU_VP_OK);
  CHECK(smmu_vp_mem_read(m.vp, end - 8, &back, 8) == SMMU_VP_OK);
  CHECK(back == value);
  CHECK(*static_cast<std::uint64_t*>(smmu_vp_mem_ptr(m.vp, end - 8, 8)) == value);
  CHECK(smmu_vp_mem_write(m.vp, end - 4, &value, 8) == SMMU_VP_EFAULT);
  CHECK(smmu_vp_mem_read(m.vp, m.info.ram_base - 1, &back, 1) == SMMU_VP_EFAULT);
  CHECK(smmu_vp_mem_read(m.vp, m.info.smmu_base, &back, 4) == SMMU_VP_EFAULT);
  CHECK(smmu_vp_mem_ptr(m.vp, end, 1) == nullptr);
  CHECK(smmu_vp_mem_ptr(m.vp, end - 8, ~std::size_t{0}) == nullptr);
  CHECK(*m.ram(0x4000) == 0);
}

TEST_CASE("through the C ABI polling a register or memory advances time even in the untimed mode") {
  Machine m({"timing.mode=untimed", "cpu.costs.mmio_read_ns=0", "cpu.costs.load_ns=0"});
  const std::uint64_t begin = smmu_vp_now_ps(m.vp);
  m.read(reg::CR0ACK);
  const std::uint64_t after_register = smmu_vp_now_ps(m.vp);
  CHECK(after_register > begin);
  std::uint64_t value = 0;
  CHECK(smmu_vp_mem_read(m.vp, m.info.ram_base, &value, 8) == SMMU_VP_OK);
  CHECK(smmu_vp_now_ps(m.vp) > after_register);
}

TEST_CASE("through the C ABI time advances by the requested amount and cannot overflow") {
  Machine m;
  const std::uint64_t begin = smmu_vp_now_ps(m.vp);
  CHECK(smmu_vp_advance(m.vp, 12'345) == SMMU_VP_OK);
  CHECK(smmu_vp_now_ps(m.vp) == begin + 12'345);
  CHECK(smmu_vp_settle(m.vp, 0) == SMMU_VP_OK);
  CHECK(smmu_vp_advance(m.vp, ~std::uint64_t{0}) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_now_ps(m.vp) == begin + 12'345);
}

TEST_CASE("through the C ABI pointers are physical addresses when memory is mapped at its own address") {
  Machine m({"memory.base=0x200000000000", "memory.host_address=0x200000000000", "memory.size=268435456"});
  CHECK(reinterpret_cast<std::uint64_t>(m.ram(0x5000)) == m.info.ram_base + 0x5000);
  CHECK(m.info.ram_base == 0x2000'0000'0000);
}

TEST_CASE("through the C ABI a host address that is in use is a configuration error") {
  static char mine[8192];
  const auto page = reinterpret_cast<std::uint64_t>(mine) / 4096 * 4096;
  const std::string setting = "memory.host_address=" + std::to_string(page);
  const char* overrides[] = {setting.c_str(), nullptr};
  smmu_vp_handle* vp = nullptr;
  CHECK(smmu_vp_open(nullptr, overrides, &vp) == SMMU_VP_ECONFIG);
  CHECK(last_error().find("host_address") != std::string::npos);
}

TEST_CASE("through the C ABI an interrupt is pending from its edge until a wait has reported it") {
  Machine m;
  smmu_vp_layout layout{};
  REQUIRE(smmu_vp_get_layout(m.vp, &layout) == SMMU_VP_OK);
  std::uint64_t fired = 7;
  CHECK(smmu_vp_irq_wait(m.vp, std::uint64_t{1} << 50, 0, &fired) == SMMU_VP_ETIMEDOUT);
  CHECK(fired == 0);
  CHECK(smmu_vp_mmio_write(m.vp, layout.msi_doorbell, 4, 50) == SMMU_VP_OK);
  CHECK(smmu_vp_mmio_write(m.vp, layout.msi_doorbell, 4, 200) == SMMU_VP_OK);
  CHECK(smmu_vp_irq_level(m.vp, 50) == 1);
  CHECK(smmu_vp_irq_level(m.vp, 51) == 0);
  CHECK(smmu_vp_irq_level(m.vp, 200) == 1);
  CHECK(smmu_vp_irq_level(m.vp, layout.irq_lines) == -1);
  CHECK(smmu_vp_irq_wait(m.vp, std::uint64_t{3} << 50, kUs, &fired) == SMMU_VP_OK);
  CHECK(fired == std::uint64_t{1} << 50);
  CHECK(smmu_vp_irq_level(m.vp, 50) == 0);
  const std::uint64_t begin = smmu_vp_now_ps(m.vp);
  CHECK(smmu_vp_irq_wait(m.vp, std::uint64_t{1} << 50, 5 * kUs, &fired) == SMMU_VP_ETIMEDOUT);
  CHECK(smmu_vp_now_ps(m.vp) == begin + 5 * kUs);
  CHECK(smmu_vp_irq_wait(m.vp, 0, kUs, &fired) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_irq_wait(m.vp, 1, ~std::uint64_t{0}, &fired) == SMMU_VP_ETIMEDOUT);
}

TEST_CASE("through the C ABI counters are found by name") {
  Machine m;
  std::uint64_t value = 99;
  CHECK(smmu_vp_counter(m.vp, "smmu.transactions", &value) == SMMU_VP_OK);
  CHECK(value == 0);
  CHECK(smmu_vp_counter(m.vp, "smmu.no_such_thing", &value) == SMMU_VP_EINVAL);
  CHECK(last_error().find("smmu.no_such_thing") != std::string::npos);
}

TEST_CASE("through the C ABI waves can be opened and closed repeatedly") {
  Machine m({"smmu.tbu.tlb.impl=rtl"});
  const auto directory =
      std::filesystem::temp_directory_path() / ("capi_waves_" + std::to_string(::getpid()));
  std::filesystem::create_directories(directory);
  const std::string first = directory / "first.fst", second = directory / "second.fst";
  CHECK(smmu_vp_waves(m.vp, "/no/such/directory/a.fst") == SMMU_VP_EINVAL);
  CHECK(smmu_vp_waves(m.vp, nullptr) == SMMU_VP_OK);
  CHECK(smmu_vp_waves(m.vp, first.c_str()) == SMMU_VP_OK);
  CHECK(smmu_vp_waves(m.vp, second.c_str()) == SMMU_VP_EBUSY);
  m.enable(kPlatformSid, cd::kAborts);
  CHECK(smmu_vp_waves(m.vp, nullptr) == SMMU_VP_OK);
  CHECK(smmu_vp_waves(m.vp, second.c_str()) == SMMU_VP_OK);
  m.command(cmd::sync());
  CHECK(smmu_vp_waves(m.vp, nullptr) == SMMU_VP_OK);
  CHECK(std::filesystem::file_size(first) > 0);
  CHECK(std::filesystem::file_size(second) > 0);
  std::filesystem::remove_all(directory);
}

TEST_CASE("through the C ABI any thread may call as long as calls do not overlap") {
  Machine m;
  for (int i = 0; i < 4; ++i) {
    std::thread([&] {
      if (i == 1) m.enable(kPlatformSid, cd::kAborts);
      m.read(reg::IDR0);
      CHECK(smmu_vp_advance(m.vp, kUs) == SMMU_VP_OK);
    }).join();
  }
  CHECK(m.read(reg::CR0ACK) == Machine::kCr0);
}
