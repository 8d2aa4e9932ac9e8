// The C ABI: which DMA waits for software, which was answered, and by whom; reported
// alike by dma() and dma_poll().
#include "tests/unit/capi_driver.h"

using namespace smmu_vp::test;

namespace {

constexpr std::uint32_t kNoEventQueue = Machine::kCr0 & ~cr0::EVENTQEN,
                        kNoPriQueue = Machine::kCr0 & ~cr0::PRIQEN;

smmu_vp_dma_request read_by_platform_device(std::uint64_t* data) {
  auto r = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa, data, 8, false);
  r.has_pasid = 1;
  r.pasid = 1;
  return r;
}

struct Poll {
  smmu_vp_dma_result result{};
  int done = 0;
};
Poll poll(const Machine& m, std::uint64_t handle) {
  Poll p;
  CHECK_MESSAGE(smmu_vp_dma_poll(m.vp, handle, &p.result, &p.done) == SMMU_VP_OK, last_error());
  return p;
}
std::uint64_t start(const Machine& m, const smmu_vp_dma_request& r) {
  std::uint64_t handle = 0;
  REQUIRE_MESSAGE(smmu_vp_dma_start(m.vp, &r, &handle) == SMMU_VP_OK, last_error());
  return handle;
}

// A PCIe function with PASID, ATS and PRI enabled, behind an SMMU set up for it.
class Function {
 public:
  explicit Function(Machine& m) : m_(m), sid_(m.enable_function(8)) { m.enable(sid_, cd::kAborts); }
  static smmu_vp_dma_request page_request(std::uint32_t index, bool last) {
    auto r = access(kFunction, SMMU_VP_PAGE_REQUEST, Machine::kVa, nullptr, 0, true);
    r.has_pasid = 1;
    r.pasid = 1;
    r.prg_index = index;
    r.last = last ? 1 : 0;
    return r;
  }
  void respond(std::uint32_t index, std::uint64_t resp, bool with_pasid = true) {
    m_.command(cmd::pri_resp(sid_, with_pasid ? std::optional(1u) : std::nullopt, index, resp));
    CHECK(smmu_vp_advance(m_.vp, 10 * kUs) == SMMU_VP_OK);
  }

 private:
  Machine& m_;
  std::uint32_t sid_;
};

}  // namespace

TEST_CASE("through the C ABI a stall that cannot be recorded with the Event queue off waits for software") {
  Machine m;
  m.enable(kPlatformSid, cd::kStalls);
  m.set_cr0(kNoEventQueue);
  std::uint64_t data = 0, other = 0;
  *m.ram(Machine::kPage) = 0x55;
  const auto r = read_by_platform_device(&data), at_once = read_by_platform_device(&other);
  const std::uint64_t handle = start(m, r);
  smmu_vp_dma_result now{};
  CHECK(smmu_vp_dma(m.vp, &at_once, &now) == SMMU_VP_OK);
  CHECK(now.status == SMMU_VP_DMA_STALLED);
  Poll p = poll(m, handle);
  CHECK(p.done == 0);
  CHECK(p.result.status == SMMU_VP_DMA_STALLED);

  // Once there is a queue it stalls and is resumed like any other.
  m.set_cr0(Machine::kCr0);
  CHECK(smmu_vp_advance(m.vp, 10 * kUs) == SMMU_VP_OK);
  CHECK(poll(m, handle).result.status == SMMU_VP_DMA_STALLED);
  m.map(0, Machine::kPage);
  for (unsigned n = 0; n < 2; ++n) m.command(cmd::resume(kPlatformSid, m.event(n).stag(), cmd::kRetry));
  CHECK(smmu_vp_settle(m.vp, 1000 * kUs) == SMMU_VP_OK);
  p = poll(m, handle);
  CHECK(p.done == 1);
  CHECK(p.result.status == SMMU_VP_DMA_OK);
  CHECK(data == 0x55);
}

TEST_CASE(
    "through the C ABI a stall that does not fit into a full Event queue waits for software while others "
    "continue") {
  Machine m;
  m.enable(kPlatformSid, cd::kStalls);
  std::vector<std::uint64_t> data(17), handles;
  for (std::uint64_t& word : data) handles.push_back(start(m, read_by_platform_device(&word)));
  // The processor's time advances, so that only the stall itself shows that it waits.
  for (int i = 0; i < 200; ++i) m.read(reg::CR0ACK);
  for (const std::uint64_t handle : handles) {
    const Poll p = poll(m, handle);
    CHECK(p.done == 0);
    CHECK(p.result.status == SMMU_VP_DMA_STALLED);
  }
}

TEST_CASE("through the C ABI DMA that is only in flight does not wait for software") {
  Machine m;
  m.enable(kPlatformSid, cd::kStalls);
  m.map(0, Machine::kPage);
  std::uint64_t data = 0;
  const std::uint64_t handle = start(m, read_by_platform_device(&data));
  CHECK(poll(m, handle).result.status == SMMU_VP_DMA_TIMEOUT);
  CHECK(smmu_vp_settle(m.vp, 100 * kUs) == SMMU_VP_OK);
  CHECK(poll(m, handle).result.status == SMMU_VP_DMA_OK);
}

TEST_CASE(
    "through the C ABI every page request that the SMMU itself fails is reported so, the last of its group "
    "or not") {
  Machine m;
  Function f(m);
  m.set_cr0(kNoPriQueue);
  const std::uint64_t first = start(m, Function::page_request(3, false));
  CHECK(smmu_vp_advance(m.vp, 10 * kUs) == SMMU_VP_OK);
  const std::uint64_t second = start(m, Function::page_request(3, false)),
                      last = start(m, Function::page_request(3, true));
  CHECK(smmu_vp_advance(m.vp, 10 * kUs) == SMMU_VP_OK);
  for (const std::uint64_t handle : {first, second, last}) {
    const Poll p = poll(m, handle);
    CHECK(p.done == 1);
    CHECK(p.result.responded == 1);
    CHECK(p.result.prg_response_code == prg::kResponseFailure);
  }
}

TEST_CASE("through the C ABI a synchronous page request returns the failure that the SMMU itself answers") {
  Machine m;
  Function f(m);
  m.set_cr0(kNoPriQueue);
  for (const bool last : {false, true}) {
    smmu_vp_dma_result result{};
    const auto r = Function::page_request(4, last);
    CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
    CHECK(result.status == SMMU_VP_DMA_OK);
    CHECK(result.responded == 1);
    CHECK(result.prg_response_code == prg::kResponseFailure);
  }
}

TEST_CASE(
    "through the C ABI a page request that is not the last of its group is done when it is queued, with no "
    "answer yet") {
  Machine m;
  Function f(m);
  const std::uint64_t early = start(m, Function::page_request(5, false)),
                      late = start(m, Function::page_request(5, false));
  CHECK(smmu_vp_advance(m.vp, 10 * kUs) == SMMU_VP_OK);
  Poll p = poll(m, early);
  CHECK(p.done == 1);
  CHECK(p.result.status == SMMU_VP_DMA_OK);
  CHECK(p.result.responded == 0);
  // Software fails the function before the group is complete, and a later query reports it.
  f.respond(5, cmd::kResponseFailure);
  p = poll(m, late);
  CHECK(p.done == 1);
  CHECK(p.result.responded == 1);
  CHECK(p.result.prg_response_code == prg::kResponseFailure);
}

TEST_CASE(
    "through the C ABI a response that the function refuses leaves the request waiting, and is a violation") {
  Machine m;
  Function f(m);
  const std::uint64_t handle = start(m, Function::page_request(6, true));
  CHECK(smmu_vp_advance(m.vp, 10 * kUs) == SMMU_VP_OK);
  f.respond(6, cmd::kSuccess, false);
  Poll p = poll(m, handle);
  CHECK(p.done == 0);
  CHECK(p.result.status == SMMU_VP_DMA_STALLED);
  CHECK(p.result.responded == 0);
  std::uint64_t violations = 0;
  char text[512];
  CHECK(smmu_vp_violations(m.vp, &violations, text, sizeof text) == SMMU_VP_OK);
  CHECK(violations == 1);
  CHECK(std::string(text).find("prg_answered") != std::string::npos);
  // The correct response after it is no second violation.
  f.respond(6, cmd::kSuccess);
  p = poll(m, handle);
  CHECK(p.done == 1);
  CHECK(p.result.prg_response_code == prg::kSuccess);
  CHECK(smmu_vp_violations(m.vp, &violations, text, sizeof text) == SMMU_VP_OK);
  CHECK(violations == 1);
}

TEST_CASE("through the C ABI a group's answer is not taken for another's") {
  Machine m;
  Function f(m);
  const std::uint64_t one = start(m, Function::page_request(7, true)),
                      two = start(m, Function::page_request(8, true));
  CHECK(smmu_vp_advance(m.vp, 10 * kUs) == SMMU_VP_OK);
  f.respond(8, cmd::kInvalidRequest);
  CHECK(poll(m, one).result.status == SMMU_VP_DMA_STALLED);
  const Poll p = poll(m, two);
  CHECK(p.done == 1);
  CHECK(p.result.prg_response_code == prg::kInvalidRequest);
}

TEST_CASE("through the C ABI a monitor has a verdict only once it has checked something") {
  Machine m;
  char text[2048];
  CHECK(smmu_vp_monitors(m.vp, nullptr, 8) == SMMU_VP_EINVAL);
  CHECK(smmu_vp_monitors(m.vp, text, sizeof text) == SMMU_VP_OK);
  CHECK(std::string(text).find("sync_completes 0 not judged\n") != std::string::npos);
  m.enable(kPlatformSid, cd::kStalls);
  m.command(cmd::sync());
  CHECK(smmu_vp_monitors(m.vp, text, sizeof text) == SMMU_VP_OK);
  CHECK(std::string(text).find("sync_completes 1 clean\n") != std::string::npos);
  CHECK(std::string(text).find("stale_translation 0 not judged\n") != std::string::npos);
  CHECK(smmu_vp_monitors(m.vp, text, 6) == SMMU_VP_OK);
  CHECK(std::string(text) == "stale");
}
