// smmu_vp_reset() restores the state after open, whatever was in progress.
#include <unistd.h>

#include <filesystem>

#include "tests/unit/capi_driver.h"

using namespace smmu_vp::test;

namespace {

std::uint64_t counter(smmu_vp_handle* vp, const char* name) {
  std::uint64_t value = ~std::uint64_t{0};
  CHECK(smmu_vp_counter(vp, name, &value) == SMMU_VP_OK);
  return value;
}

// Page 0, up to the queue registers.
std::vector<std::uint32_t> registers(const Machine& m) {
  std::vector<std::uint32_t> values;
  for (std::uint64_t reg = 0; reg < 0xE0; reg += 4) values.push_back(m.read(reg));
  return values;
}

}  // namespace

TEST_CASE("through the C ABI after a reset registers, RAM, interrupts, counters and time are as after open") {
  Machine m;
  const std::uint64_t opened_at = smmu_vp_now_ps(m.vp);
  const std::vector<std::uint32_t> opened = registers(m);
  std::uint64_t* const page = m.ram(Machine::kPage);
  m.enable(kPlatformSid, cd::kAborts);
  *page = 0x5555;
  char data[8] = {};
  smmu_vp_dma_request r = access(1, SMMU_VP_UNTRANSLATED, Machine::kVa, data, sizeof data, false);
  smmu_vp_dma_result result{};
  r.has_pasid = 1;
  r.pasid = 1;
  REQUIRE(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  CHECK(result.status == SMMU_VP_DMA_ABORTED);
  CHECK(smmu_vp_settle(m.vp, 100 * kUs) == SMMU_VP_OK);
  REQUIRE(smmu_vp_irq_level(m.vp, m.info.irq_event) == 1);
  REQUIRE(counter(m.vp, "smmu.tlb.misses") != 0);

  REQUIRE(smmu_vp_reset(m.vp) == SMMU_VP_OK);
  CHECK(smmu_vp_now_ps(m.vp) == opened_at);
  CHECK(registers(m) == opened);
  CHECK(m.read(reg::CR0ACK) == 0);       // CR0ACK
  CHECK(m.ram(Machine::kPage) == page);  // pointers into RAM stay good,
  CHECK(*page == 0);                     // and RAM is zero
  CHECK(*m.ram(Machine::kRoot + 0x2000) == 0);
  CHECK(smmu_vp_irq_level(m.vp, m.info.irq_event) == 0);
  CHECK(counter(m.vp, "smmu.tlb.misses") == 0);
  m.enable(kPlatformSid, cd::kAborts);
  m.map(0, Machine::kPage);
  *page = 0x0123'4567'89AB'CDEF;
  REQUIRE(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  CHECK(result.status == SMMU_VP_DMA_OK);
  CHECK(std::memcmp(data, page, sizeof data) == 0);
}

TEST_CASE("through the C ABI a reset silently drops everything in flight") {
  Machine m({"smmu.tbu.tlb.impl=lockstep", "endpoint.0.atc.impl=rtl"});
  for (int round = 0; round < 20; ++round) {
    m.enable(kPlatformSid, cd::S | cd::A);
    char data[8] = {};
    smmu_vp_dma_request r = access(1, SMMU_VP_UNTRANSLATED, Machine::kVa, data, sizeof data, true);
    r.has_pasid = 1;
    r.pasid = 1;
    std::uint64_t handle = 0, other = 0;
    REQUIRE(smmu_vp_dma_start(m.vp, &r, &handle) == SMMU_VP_OK);
    REQUIRE(smmu_vp_dma_start(m.vp, &r, &other) == SMMU_VP_OK);
    // Sometimes this is in the middle of the walk, sometimes during the stall.
    REQUIRE(smmu_vp_advance(m.vp, static_cast<std::uint64_t>(round) * kUs / 10) == SMMU_VP_OK);
    if (round % 2 == 0) CHECK(smmu_vp_settle(m.vp, 100 * kUs) == SMMU_VP_ETIMEDOUT);
    REQUIRE(smmu_vp_reset(m.vp) == SMMU_VP_OK);
    smmu_vp_dma_result result{};
    int done = 0;
    CHECK(smmu_vp_dma_poll(m.vp, handle, &result, &done) == SMMU_VP_EINVAL);
    CHECK(smmu_vp_settle(m.vp, 0) == SMMU_VP_OK);
    CHECK(counter(m.vp, "smmu.tlb.misses") == 0);
  }
}

TEST_CASE("through the C ABI a reset completes the waves, and new ones may be opened") {
  Machine m({"smmu.tbu.tlb.impl=rtl"});
  const auto directory =
      std::filesystem::temp_directory_path() / ("capi_reset_" + std::to_string(::getpid()));
  std::filesystem::create_directories(directory);
  const std::string first = directory / "first.fst", second = directory / "second.fst";
  REQUIRE(smmu_vp_waves(m.vp, first.c_str()) == SMMU_VP_OK);
  m.enable(kPlatformSid, cd::kAborts);
  CHECK_FALSE(std::filesystem::exists(first));
  CHECK(smmu_vp_reset(m.vp) == SMMU_VP_OK);
  CHECK(std::filesystem::file_size(first) > 0);
  REQUIRE(smmu_vp_waves(m.vp, second.c_str()) == SMMU_VP_OK);
  m.enable(kPlatformSid, cd::kAborts);
  CHECK(smmu_vp_waves(m.vp, nullptr) == SMMU_VP_OK);
  CHECK(std::filesystem::file_size(second) > 0);
  std::filesystem::remove_all(directory);
}

TEST_CASE("through the C ABI RAM at an address chosen by the caller stays there after a reset") {
  Machine m({"memory.base=0x200000000000", "memory.host_address=0x200000000000", "memory.size=1073741824"});
  auto* const word = reinterpret_cast<std::uint64_t*>(0x2000'0000'1000);
  *word = 1;
  REQUIRE(smmu_vp_reset(m.vp) == SMMU_VP_OK);
  CHECK(*word == 0);
  CHECK(m.ram(0x1000) == word);
}

TEST_CASE("through the C ABI a closed handle cannot be reset, and a reset is no second open") {
  smmu_vp_handle* vp = nullptr;
  CHECK(smmu_vp_reset(nullptr) == SMMU_VP_EINVAL);
  REQUIRE(smmu_vp_open(nullptr, nullptr, &vp) == SMMU_VP_OK);
  CHECK(smmu_vp_reset(vp) == SMMU_VP_OK);
  smmu_vp_handle* second = nullptr;
  CHECK(smmu_vp_open(nullptr, nullptr, &second) == SMMU_VP_EBUSY);
  smmu_vp_close(vp);
  CHECK(smmu_vp_reset(vp) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_open(nullptr, nullptr, &second) == SMMU_VP_EBUSY);
}
