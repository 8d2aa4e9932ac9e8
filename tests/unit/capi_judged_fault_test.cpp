// Bare-metal clients on the C ABI whose handling of faults, or whose device, is wrong: the monitors name them, and find
// nothing in those that do the same rightly.
#include "tests/unit/capi_driver.h"

using namespace smmu_vp_test;

namespace {

constexpr std::uint32_t kFunction = 0, kPlatformDevice = 1;  // of the default configuration
constexpr std::uint32_t kPlatformSid = 0x8;
constexpr std::uint64_t kAbortAndRecord = std::uint64_t{3} << 45,
                        kStall = std::uint64_t{7} << 44;            // CD (5.4)
constexpr std::uint64_t kRetry = 1u << 12;                          // CMD_RESUME (4.7.1)
constexpr std::uint64_t kSuccess = 2u << 12, kResponseFailure = 0;  // CMD_PRI_RESP (4.5.2)

// What `monitor` has found, line by line.
std::string found(const Machine& m, const std::string& monitor) {
  std::uint64_t count = 0;
  std::string text(1 << 16, '\0'), lines;
  REQUIRE(smmu_vp_violations(m.vp, &count, text.data(), text.size()) == SMMU_VP_OK);
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    if (line.find(" ps: " + monitor + ": ") != std::string::npos) lines += line + '\n';
  }
  return lines;
}
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
    m.enable(kPlatformSid, kStall);
    const auto r = with_pasid(access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa, &data_, 8, false));
    CHECK(run(m, r).status == SMMU_VP_DMA_STALLED);
  }
  // The STAG of the newest event record.
  std::uint64_t stag() const { return m.ram(Machine::kEvents)[4 * newest() + 1] & 0xFFFF; }
  void resume(std::uint64_t stag, std::uint32_t sid = kPlatformSid) const {
    m.command(0x44 | kRetry | std::uint64_t{sid} << 32, stag);
    CHECK(smmu_vp_advance(m.vp, 5 * kUs) == SMMU_VP_OK);
    m.write(0x100AC, m.read(0x100A8));  // EVENTQ_CONS: all are read
  }

  Machine m;

 private:
  std::uint32_t newest() const { return (m.read(0x100A8) - 1) & 15; }
  std::uint64_t data_ = 0;
};

// The function, with bus master, PASID, PRI and ATS enabled as far as `ats` and its stream's STE say.
class Function {
 public:
  Function() {
    smmu_vp_endpoint function{};
    REQUIRE(smmu_vp_get_endpoint(m.vp, kFunction, &function) == SMMU_VP_OK);
    sid = function.stream_id;
    config_ = m.info.ecam_base + (std::uint64_t{sid} << 12);
    set(0x4, 6);         // Memory Space, Bus Master
    set(0x106, 1);       // PASID
    set(0x12C, 2);       // Outstanding Page Request Allocation
    set(0x124, 1);       // PRI
    set(0x116, 0x8000);  // ATS
    m.enable(sid, kAbortAndRecord);
  }
  void set(std::uint64_t offset, std::uint64_t value) const {
    CHECK(smmu_vp_mmio_write(m.vp, config_ + offset, 2, value) == SMMU_VP_OK);
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
    m.command(0x41 | std::uint64_t{sid} << 32 | std::uint64_t{1} << 12 | 1u << 11, index | code);
    CHECK(smmu_vp_advance(m.vp, 5 * kUs) == SMMU_VP_OK);
  }
  void invalidate(std::uint64_t va) const {
    m.command(0x40 | std::uint64_t{sid} << 32 | std::uint64_t{1} << 12 | 1u << 11, va);
    m.command(0x46, 0);
  }

  Machine m;
  std::uint32_t sid = 0;

 private:
  std::uint64_t config_ = 0;
};

}  // namespace

TEST_CASE("through the C ABI a driver that answers its stall is found right") {
  Stalling s;
  s.m.map(0, Machine::kPage);
  s.resume(s.stag());
  CHECK(smmu_vp_advance(s.m.vp, 3000 * kUs) == SMMU_VP_OK);
  CHECK(found(s.m, "fault_answers") == "");
}

TEST_CASE("through the C ABI a driver that answers its page request is found right") {
  Function f;
  f.page_request(5);
  f.m.map(0, Machine::kPage);
  f.respond(5, kSuccess);
  CHECK(smmu_vp_advance(f.m.vp, 3000 * kUs) == SMMU_VP_OK);
  f.page_request(5);
  f.respond(5, kSuccess);
  CHECK(found(f.m, "fault_answers") == "");
  CHECK(found(f.m, "prg_answered") == "");
  CHECK(found(f.m, "device_grants") == "");
}

TEST_CASE("through the C ABI a stall that nobody answers is named") {
  Stalling s;
  CHECK(smmu_vp_advance(s.m.vp, 3000 * kUs) == SMMU_VP_OK);
  s.m.read(0x24);
  CHECK(contains(found(s.m, "fault_answers"),
                 "a read to 0x761234400000 of StreamID 0x8, PASID 1 has been stalled"));
}

TEST_CASE(
    "through the C ABI a CMD_RESUME with a STAG unknown, of another stream or answered already is named") {
  Stalling s;
  s.resume(s.stag() + 1);
  CHECK(contains(found(s.m, "fault_answers"), "no event record gave this STAG"));
  s.resume(s.stag(), kPlatformSid + 1);
  CHECK(contains(found(s.m, "fault_answers"), "is of another StreamID"));
  s.m.map(0, Machine::kPage);
  s.resume(s.stag());
  s.resume(s.stag());
  CHECK(contains(found(s.m, "fault_answers"), "answered already"));
}

TEST_CASE("through the C ABI a CMD_STALL_TERM for a stream that still translates is named") {
  Stalling s;
  s.m.command(0x45 | std::uint64_t{kPlatformSid} << 32, 0);
  CHECK(contains(found(s.m, "fault_answers"), "while its STE does not terminate accesses"));
}

TEST_CASE("through the C ABI a driver that retries a stall again and again and maps nothing is named") {
  Stalling s;
  for (int n = 0; n < 20; ++n) s.resume(s.stag());
  CHECK(contains(found(s.m, "fault_answers"), "each time answered to go on: the descriptor at"));
}

TEST_CASE("through the C ABI a page request that nobody answers is named") {
  Function f;
  f.page_request(5);
  CHECK(smmu_vp_advance(f.m.vp, 3000 * kUs) == SMMU_VP_OK);
  f.m.read(0x24);
  CHECK(contains(found(f.m, "fault_answers"), "page-request group 5 of StreamID"));
}

TEST_CASE("through the C ABI a page request answered twice is named") {
  Function f;
  f.page_request(5);
  f.respond(5, kSuccess);
  f.respond(5, kSuccess);
  CHECK(contains(found(f.m, "prg_answered"), "answered already"));
}

TEST_CASE(
    "through the C ABI a device that uses what it was granted, until it is taken away, is found right") {
  Function f;
  f.m.map(0, Machine::kPage);
  const auto answer = f.translation(Machine::kVa);
  REQUIRE(answer.r == 1);
  CHECK(f.translated(answer.translated_address) == SMMU_VP_DMA_OK);
  CHECK(found(f.m, "device_grants") == "");
  f.invalidate(Machine::kVa);
  CHECK(f.translated(answer.translated_address) == SMMU_VP_DMA_OK);
  CHECK(contains(found(f.m, "device_grants"), "after it completed the invalidation"));
}

TEST_CASE("through the C ABI a forged translated access is named with device, PASID and address") {
  Function f;
  CHECK(f.translated(f.m.info.ram_base + Machine::kPage) == SMMU_VP_DMA_OK);
  const std::string text = found(f.m, "device_grants");
  CHECK(contains(text, ", PASID 1 reads translated address"));
  CHECK(contains(text, "that no ATS answer granted"));
}

TEST_CASE("through the C ABI a device that exceeds its allocation is named") {
  Function f;
  for (const std::uint32_t index : {1u, 2u, 3u}) f.page_request(index);
  CHECK(contains(found(f.m, "device_grants"), "in group 3 beyond its allocation"));
}

TEST_CASE("through the C ABI a page request while PRI is disabled is named") {
  Function f;
  f.set(0x124, 0);
  f.page_request(1);
  CHECK(contains(found(f.m, "device_grants"), "while its PRI was disabled"));
}

TEST_CASE("through the C ABI a page request after a Response Failure is named") {
  Function f;
  f.page_request(1);
  f.respond(1, kResponseFailure);
  f.page_request(2);
  CHECK(contains(found(f.m, "device_grants"), "after a Response Failure"));
}

TEST_CASE("through the C ABI a Translation Request while ATS is disabled is named") {
  Function f;
  f.m.map(0, Machine::kPage);
  f.set(0x116, 0);
  f.translation(Machine::kVa);
  CHECK(contains(found(f.m, "device_grants"), "while its ATS was disabled"));
}
