// Bare-metal clients on the C ABI whose handling of faults, or whose device, is wrong: the monitors name them, and find
// nothing in those that do the same rightly.
#include "tests/support/accelerator.h"
#include "tests/unit/capi_judged.h"

using namespace smmu_vp::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

smmu_vp_dma_request with_pasid(smmu_vp_dma_request r) {
  r.has_pasid = 1;
  r.pasid = 1;
  return r;
}
smmu_vp_dma_result run(const Machine& m, const smmu_vp_dma_request& r) {
  smmu_vp_dma_result result{};
  CHECK_MESSAGE(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK, last_error());
  return result;
}

// The platform device's read that stalls, as often as it is told to go on.
class Stalling {
 public:
  Stalling() {
    m.enable(kPlatformSid, cd::kStalls);
    const auto r = with_pasid(access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa, &data_, 8, false));
    CHECK(run(m, r).status == SMMU_VP_DMA_STALLED);
  }
  // The STAG of the newest event record.
  std::uint64_t stag() const { return m.event((m.read(reg::EVENTQ_PROD) - 1) & 15).stag(); }
  void resume(std::uint64_t stag, std::uint32_t sid = kPlatformSid) const {
    m.command(cmd::resume(sid, stag, cmd::kRetry));
    CHECK(smmu_vp_advance(m.vp, 5 * kUs) == SMMU_VP_OK);
    m.write(reg::EVENTQ_CONS, m.read(reg::EVENTQ_PROD));  // all are read
  }

  Machine m;

 private:
  std::uint64_t data_ = 0;
};

// The function with all that it can, two page requests at a time, behind an SMMU set up for it.
class Function {
 public:
  Function() {
    sid = m.enable_function(2);
    m.enable(sid, cd::kAborts);
  }
  smmu_vp_dma_result translation(std::uint64_t va) const {
    return run(m, with_pasid(access(kFunction, SMMU_VP_TRANSLATION_REQUEST, va, nullptr, 0, true)));
  }
  smmu_vp_dma_status translated(std::uint64_t pa) const {
    std::uint64_t data = 0;
    return run(m, with_pasid(access(kFunction, SMMU_VP_TRANSLATED, pa, &data, 8, false))).status;
  }
  void page_request(std::uint32_t index) const {
    auto r = with_pasid(access(kFunction, SMMU_VP_PAGE_REQUEST, Machine::kVa, nullptr, 0, true));
    r.prg_index = index;
    std::uint64_t handle = 0;
    REQUIRE(smmu_vp_dma_start(m.vp, &r, &handle) == SMMU_VP_OK);
    CHECK(smmu_vp_advance(m.vp, 5 * kUs) == SMMU_VP_OK);
  }
  void respond(std::uint32_t index, std::uint64_t code) const {
    m.command(cmd::pri_resp(sid, 1, index, code));
    CHECK(smmu_vp_advance(m.vp, 5 * kUs) == SMMU_VP_OK);
  }
  void invalidate(std::uint64_t va) const {
    m.command(cmd::atc_inv(sid, 1, va, 0));
    m.command(cmd::sync());
  }

  Machine m;
  std::uint32_t sid = 0;
};

}  // namespace

TEST_CASE("through the C ABI a driver that answers its stall is found right") {
  Stalling s;
  s.m.map(0, Machine::kPage);
  s.resume(s.stag());
  CHECK(smmu_vp_advance(s.m.vp, 3000 * kUs) == SMMU_VP_OK);
  CHECK(violations_of(s.m, {"fault_answers"}) == "");
}

TEST_CASE("through the C ABI a driver that answers its page request is found right") {
  Function f;
  f.page_request(5);
  f.m.map(0, Machine::kPage);
  f.respond(5, cmd::kSuccess);
  CHECK(smmu_vp_advance(f.m.vp, 3000 * kUs) == SMMU_VP_OK);
  f.page_request(5);
  f.respond(5, cmd::kSuccess);
  CHECK(violations_of(f.m, {"fault_answers"}) == "");
  CHECK(violations_of(f.m, {"prg_answered"}) == "");
  CHECK(violations_of(f.m, {"device_grants"}) == "");
}

TEST_CASE("through the C ABI a stall that nobody answers is named") {
  Stalling s;
  CHECK(smmu_vp_advance(s.m.vp, 3000 * kUs) == SMMU_VP_OK);
  s.m.read(reg::CR0ACK);
  CHECK(contains(violations_of(s.m, {"fault_answers"}),
                 "a read to 0x761234400000 of StreamID 0x8, PASID 1 has been stalled"));
}

TEST_CASE(
    "through the C ABI a CMD_RESUME with a STAG unknown, of another stream or answered already is named") {
  Stalling s;
  s.resume(s.stag() + 1);
  CHECK(contains(violations_of(s.m, {"fault_answers"}), "no event record gave this STAG"));
  s.resume(s.stag(), kPlatformSid + 1);
  CHECK(contains(violations_of(s.m, {"fault_answers"}), "is of another StreamID"));
  s.m.map(0, Machine::kPage);
  s.resume(s.stag());
  s.resume(s.stag());
  CHECK(contains(violations_of(s.m, {"fault_answers"}), "answered already"));
}

TEST_CASE("through the C ABI a CMD_STALL_TERM for a stream that still translates is named") {
  Stalling s;
  s.m.command(cmd::stall_term(kPlatformSid));
  CHECK(contains(violations_of(s.m, {"fault_answers"}), "while its STE does not terminate accesses"));
}

TEST_CASE("through the C ABI a driver that retries a stall again and again and maps nothing is named") {
  Stalling s;
  for (int n = 0; n < 20; ++n) s.resume(s.stag());
  CHECK(contains(violations_of(s.m, {"fault_answers"}), "each time answered to go on: the descriptor at"));
}

TEST_CASE("through the C ABI a page request that nobody answers is named") {
  Function f;
  f.page_request(5);
  CHECK(smmu_vp_advance(f.m.vp, 3000 * kUs) == SMMU_VP_OK);
  f.m.read(reg::CR0ACK);
  CHECK(contains(violations_of(f.m, {"fault_answers"}), "page-request group 5 of StreamID"));
}

TEST_CASE("through the C ABI a page request answered twice is named") {
  Function f;
  f.page_request(5);
  f.respond(5, cmd::kSuccess);
  f.respond(5, cmd::kSuccess);
  CHECK(contains(violations_of(f.m, {"prg_answered"}), "answered already"));
}

TEST_CASE(
    "through the C ABI a device that uses what it was granted, until it is taken away, is found right") {
  Function f;
  f.m.map(0, Machine::kPage);
  const auto answer = f.translation(Machine::kVa);
  REQUIRE(answer.r == 1);
  CHECK(f.translated(answer.translated_address) == SMMU_VP_DMA_OK);
  CHECK(violations_of(f.m, {"device_grants"}) == "");
  f.invalidate(Machine::kVa);
  CHECK(f.translated(answer.translated_address) == SMMU_VP_DMA_OK);
  CHECK(contains(violations_of(f.m, {"device_grants"}), "after it completed the invalidation"));
}

TEST_CASE("through the C ABI a forged translated access is named with device, PASID and address") {
  Function f;
  CHECK(f.translated(f.m.info.ram_base + Machine::kPage) == SMMU_VP_DMA_OK);
  const std::string text = violations_of(f.m, {"device_grants"});
  CHECK(contains(text, ", PASID 1 reads translated address"));
  CHECK(contains(text, "that no ATS answer granted"));
}

TEST_CASE("through the C ABI a device that accesses a PASID which it has reported as stopped is named") {
  const Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  m.map(0, Machine::kPage);
  smmu_vp_endpoint device{};
  REQUIRE(smmu_vp_get_endpoint(m.vp, kPlatformDevice, &device) == SMMU_VP_OK);
  CHECK(read_page(m) == SMMU_VP_DMA_OK);
  CHECK(smmu_vp_mmio_write(m.vp, device.registers + accelerator::STOP, 8, 1) == SMMU_VP_OK);
  CHECK(smmu_vp_advance(m.vp, 5 * kUs) == SMMU_VP_OK);
  CHECK(violations_of(m, {"device_grants"}) == "");
  CHECK(read_page(m) == SMMU_VP_DMA_OK);
  CHECK(contains(violations_of(m, {"device_grants"}),
                 "StreamID 0x8, PASID 1 reads 0x761234400000 after it reported the PASID stopped"));
}

TEST_CASE("through the C ABI a device that exceeds its allocation is named") {
  Function f;
  for (const std::uint32_t index : {1u, 2u, 3u}) f.page_request(index);
  CHECK(contains(violations_of(f.m, {"device_grants"}), "in group 3 beyond its allocation"));
}

TEST_CASE("through the C ABI a page request while PRI is disabled is named") {
  Function f;
  f.m.configure(f.sid, Machine::kPriControl, 0);
  f.page_request(1);
  CHECK(contains(violations_of(f.m, {"device_grants"}), "while its PRI was disabled"));
}

TEST_CASE("through the C ABI a page request after a Response Failure is named") {
  Function f;
  f.page_request(1);
  f.respond(1, cmd::kResponseFailure);
  f.page_request(2);
  CHECK(contains(violations_of(f.m, {"device_grants"}), "after a Response Failure"));
}

TEST_CASE("through the C ABI a Translation Request while ATS is disabled is named") {
  Function f;
  f.m.map(0, Machine::kPage);
  f.m.configure(f.sid, Machine::kAtsControl, 0);
  f.translation(Machine::kVa);
  CHECK(contains(violations_of(f.m, {"device_grants"}), "while its ATS was disabled"));
}
