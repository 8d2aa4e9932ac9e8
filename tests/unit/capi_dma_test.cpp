// The C ABI: DMA by devices, awaited and in the background.
#include "tests/unit/capi_driver.h"

using namespace smmu_vp::test;

namespace {

smmu_vp_dma_result run(const Machine& m, const smmu_vp_dma_request& r) {
  smmu_vp_dma_result result{};
  CHECK_MESSAGE(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK, last_error());
  return result;
}

smmu_vp_dma_request with_pasid(smmu_vp_dma_request r) {
  r.has_pasid = 1;
  r.pasid = 1;
  return r;
}

}  // namespace

TEST_CASE("through the C ABI traffic bypasses the SMMU after reset and a function is no bus master") {
  Machine m;
  std::uint64_t data = 0xFEED;
  const auto bypass = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, m.info.ram_base + 0x40, &data, 8, true);
  CHECK(run(m, bypass).status == SMMU_VP_DMA_OK);
  CHECK(*m.ram(0x40) == 0xFEED);
  const auto off = access(kFunction, SMMU_VP_UNTRANSLATED, m.info.ram_base + 0x80, &data, 8, true);
  CHECK(run(m, off).status == SMMU_VP_DMA_ABORTED);
  CHECK(*m.ram(0x80) == 0);
}

TEST_CASE("through the C ABI DMA to an unused address is aborted") {
  Machine m;
  std::uint64_t data = 0;
  for (const std::uint64_t nowhere : {std::uint64_t{0x10}, std::uint64_t{0xFFFF'F000'0000}}) {
    CHECK(run(m, access(kPlatformDevice, SMMU_VP_UNTRANSLATED, nowhere, &data, 8, false)).status ==
          SMMU_VP_DMA_ABORTED);
  }
}

TEST_CASE("through the C ABI invalid requests are refused with the field named") {
  Machine m;
  std::uint64_t data = 0;
  smmu_vp_dma_result result{};
  const auto refused = [&](const smmu_vp_dma_request& r, const char* field) {
    CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_EINVAL);
    CHECK_MESSAGE(last_error().find(field) != std::string::npos, last_error());
  };
  auto r = access(2, SMMU_VP_UNTRANSLATED, m.info.ram_base, &data, 8, true);
  refused(r, "endpoint 2");
  r.endpoint = kPlatformDevice;
  r.length = 0;
  refused(r, "length 0");
  r.length = std::size_t{1} << 40;
  refused(r, "length");
  r.length = 8;
  r.address = ~std::uint64_t{0} - 3;
  refused(r, "wrap");
  r = with_pasid(access(kFunction, SMMU_VP_UNTRANSLATED, 0, &data, 8, true));
  r.pasid = 1u << 20;
  refused(r, "pasid");
  refused(access(kPlatformDevice, SMMU_VP_TRANSLATION_REQUEST, 0, nullptr, 0, false), "platform device");
  refused(access(kFunction, SMMU_VP_STOP_MARKER, 0, nullptr, 0, false), "PASID");
  r = access(kFunction, SMMU_VP_PAGE_REQUEST, 0, nullptr, 0, false);
  r.prg_index = 512;
  refused(r, "prg_index");
  const int kind = 77;
  r = access(kFunction, SMMU_VP_UNTRANSLATED, 0, &data, 8, true);
  std::memcpy(&r.kind, &kind, sizeof kind);
  refused(r, "kind 77");
}

TEST_CASE("through the C ABI a long access is made page by page through the tables of its PASID") {
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  for (unsigned page = 0; page < 4; ++page) m.map(page, Machine::kPage + 0x1000 * (3 - page));
  std::vector<std::uint8_t> sent(0x3000), back(sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::uint8_t>(i / 16);
  auto r = with_pasid(
      access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa + 0x800, sent.data(), sent.size(), true));
  CHECK(run(m, r).status == SMMU_VP_DMA_OK);
  // The first byte after the first boundary lands in the second page, which lies below the first.
  CHECK(reinterpret_cast<std::uint8_t*>(m.ram(Machine::kPage + 0x2000))[0] == sent[0x800]);
  r.write = 0;
  r.data = back.data();
  CHECK(run(m, r).status == SMMU_VP_DMA_OK);
  CHECK(back == sent);
  std::uint64_t count = 0;
  CHECK(smmu_vp_counter(m.vp, "smmu.translated", &count) == SMMU_VP_OK);
}

TEST_CASE("through the C ABI an access that ended well has the attributes with which it left the SMMU") {
  Machine m;
  std::uint64_t data = 1;
  smmu_vp_attributes left{};
  CHECK(smmu_vp_dma_attributes(m.vp, &left) == SMMU_VP_EINVAL);  // no DMA yet
  run(m, access(kPlatformDevice, SMMU_VP_UNTRANSLATED, m.info.ram_base + 0x40, &data, 8, true));
  REQUIRE(smmu_vp_dma_attributes(m.vp, &left) == SMMU_VP_OK);
  CHECK(left.memory_attributes == mair::kWriteBack);
  CHECK(left.shareability == 0);  // 13.1.3: Non-shareable
  m.enable(kPlatformSid, cd::kAborts);
  m.map(0, Machine::kPage);
  auto r = with_pasid(access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa, &data, 8, true));
  r.privileged = 1;
  CHECK(run(m, r).status == SMMU_VP_DMA_OK);
  REQUIRE(smmu_vp_dma_attributes(m.vp, &left) == SMMU_VP_OK);
  CHECK(left.memory_attributes == mair::kWriteBack);
  CHECK(left.shareability == 3);  // the page's: Inner Shareable
  CHECK(left.privileged == 1);
  CHECK(left.instruction == 0);
  r.address += 0x1000;  // not mapped
  CHECK(run(m, r).status != SMMU_VP_DMA_OK);
  CHECK(smmu_vp_dma_attributes(m.vp, &left) == SMMU_VP_EINVAL);
}

TEST_CASE("through the C ABI a stalled access waits for CMD_RESUME while the driver works") {
  Machine m;
  m.enable(kPlatformSid, cd::kStalls);
  std::uint64_t data = 0xABCD, handle = 0, fired = 0;
  const auto r = with_pasid(access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa, &data, 8, true));
  REQUIRE(smmu_vp_dma_start(m.vp, &r, &handle) == SMMU_VP_OK);
  data = 0;  // read when it started
  CHECK(smmu_vp_irq_wait(m.vp, std::uint64_t{1} << m.info.irq_event, 100 * kUs, &fired) == SMMU_VP_OK);
  smmu_vp_dma_result result{};
  int done = 1;
  CHECK(smmu_vp_dma_poll(m.vp, handle, &result, &done) == SMMU_VP_OK);
  CHECK(done == 0);
  CHECK(result.status == SMMU_VP_DMA_STALLED);
  CHECK(smmu_vp_settle(m.vp, 1000 * kUs) == SMMU_VP_ETIMEDOUT);
  CHECK(last_error().find("waits for software") != std::string::npos);
  CHECK(m.event().type() == event::F_TRANSLATION);
  CHECK(m.event().stall());
  m.map(0, Machine::kPage);
  m.command(cmd::resume(kPlatformSid, m.event().stag(), cmd::kRetry));
  CHECK(smmu_vp_settle(m.vp, 1000 * kUs) == SMMU_VP_OK);
  CHECK(smmu_vp_dma_poll(m.vp, handle, &result, &done) == SMMU_VP_OK);
  CHECK(done == 1);
  CHECK(result.status == SMMU_VP_DMA_OK);
  CHECK(*m.ram(Machine::kPage) == 0xABCD);
  CHECK(smmu_vp_dma_poll(m.vp, handle, &result, &done) == SMMU_VP_EINVAL);
}

TEST_CASE("through the C ABI a synchronous access returns when it stalls") {
  Machine m;
  m.enable(kPlatformSid, cd::kStalls);
  std::uint64_t data = 0x77;
  const auto r = with_pasid(access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa, &data, 8, false));
  CHECK(run(m, r).status == SMMU_VP_DMA_STALLED);
  m.map(0, Machine::kPage);
  m.command(cmd::resume(kPlatformSid, m.event().stag(), cmd::kRetry));
  CHECK(smmu_vp_settle(m.vp, 1000 * kUs) == SMMU_VP_OK);
  CHECK(data == 0x77);  // the buffer is not written after the call has returned
}

TEST_CASE("through the C ABI a page request is delivered at once and completes when software answers it") {
  Machine m;
  const std::uint32_t sid = m.enable_function(8);
  m.enable(sid, cd::kAborts);
  auto r = with_pasid(access(kFunction, SMMU_VP_PAGE_REQUEST, Machine::kVa, nullptr, 0, true));
  r.prg_index = 0x155;
  std::uint64_t handle = 0;
  smmu_vp_dma_result result{};
  int done = 0;
  REQUIRE(smmu_vp_dma_start(m.vp, &r, &handle) == SMMU_VP_OK);
  r.prg_index = 0x156;
  const auto delivered = run(m, r);
  CHECK(delivered.status == SMMU_VP_DMA_OK);
  CHECK(delivered.responded == 0);
  CHECK(ppr::prg_index(m.ram(Machine::kPageRequests)[1]) == 0x155);
  m.command(cmd::pri_resp(sid, 1, 0x155, cmd::kInvalidRequest));
  CHECK(smmu_vp_advance(m.vp, 10 * kUs) == SMMU_VP_OK);
  CHECK(smmu_vp_dma_poll(m.vp, handle, &result, &done) == SMMU_VP_OK);
  CHECK(done == 1);
  CHECK(result.responded == 1);
  CHECK(result.prg_response_code == prg::kInvalidRequest);
}
