// The C ABI: a bare-metal client that knows only the manual is judged by what it does to queues and registers.
#include "tests/unit/capi_driver.h"

using namespace smmu_vp_test;

namespace {

constexpr std::uint32_t kPlatformDevice = 1, kPlatformSid = 0x8;  // of the default configuration
constexpr std::uint64_t kRecord = std::uint64_t{3} << 45;         // CD.R and CD.A

// The violations of the monitors of queues and registers, one a line.
std::string complaints(const Machine& m) {
  std::string all(1 << 16, '\0');
  std::uint64_t count = 0;
  CHECK(smmu_vp_violations(m.vp, &count, all.data(), all.size()) == SMMU_VP_OK);
  std::string found;
  std::size_t begin = 0;
  for (std::size_t end; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = all.substr(begin, end - begin);
    if (line.find(" queue_use: ") != std::string::npos || line.find(" register_use: ") != std::string::npos)
      found += line + "\n";
  }
  return found;
}

// Exactly one violation, and it says `text`.
bool says(const Machine& m, std::string_view text) {
  const std::string found = complaints(m);
  INFO(found);
  const bool one = !found.empty() && found.find('\n') == found.size() - 1;
  CHECK(one);
  return one && found.find(text) != std::string::npos;
}

// A DMA to an address that is not mapped, which leaves an event.
void fault(const Machine& m) {
  std::uint64_t data = 0;
  smmu_vp_dma_request r =
      access(kPlatformDevice, SMMU_VP_UNTRANSLATED, Machine::kVa + 0x5000, &data, sizeof data, false);
  r.has_pasid = 1;
  r.pasid = 1;
  smmu_vp_dma_result result{};
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  CHECK(result.status == SMMU_VP_DMA_ABORTED);
}

}  // namespace

TEST_CASE(
    "through the C ABI a client that uses queues and registers as the manual wants it is not complained of") {
  Machine m;
  m.write(0x50, 0);
  CHECK(m.until(0x54, 0));
  m.write(0x20, 0);
  CHECK(m.until(0x24, 0));
  m.enable(kPlatformSid, kRecord);
  CHECK(m.until(0x54, 0x7));
  m.map(0, Machine::kPage);
  for (int i = 0; i < 40; ++i) {
    m.command(0x12 | std::uint64_t{7} << 48, Machine::kVa | 1);  // CMD_TLBI_NH_VA with Leaf
    m.command(0x46, 0);                                          // CMD_SYNC
  }
  for (std::uint32_t i = 1; i <= 20; ++i) {
    fault(m);
    CHECK(m.until(0x100A8, i & 31));
    m.write(0x100AC, i & 31);
  }
  m.write(0x20, 0);
  CHECK(m.until(0x24, 0));
  CHECK(complaints(m) == "");
}

TEST_CASE("through the C ABI a client that lets CMDQ_PROD run on without a wrap is named") {
  Machine m;
  m.enable(kPlatformSid, kRecord);
  for (int i = 0; i < 31; ++i) m.command(0x46, 0);
  m.write(0x98, 32);
  CHECK(says(m, "CMDQ_PROD (0x98) 0x1f -> 0x20 sets bits 0x20 above the wrap flag"));
}

TEST_CASE("through the C ABI a client that writes PROD before the command is named") {
  Machine m;
  m.enable(kPlatformSid, kRecord);
  m.write(0x20, 0x7);  // no command is consumed while CMDQEN is 0
  CHECK(m.until(0x24, 0x7));
  m.ram(Machine::kCommands)[0] = 0x46;
  m.write(0x98, 2);
  m.write(0x20, 0xF);
  m.ram(Machine::kCommands)[2] = 0x30;  // CMD_TLBI_NSNH_ALL
  CHECK(m.until(0x9C, 2));
  CHECK(says(m, "CMD_TLBI_NSNH_ALL at CMDQ index 1 (0x30, 0x0) was Reserved (0x0, 0x0)"));
}

TEST_CASE("through the C ABI a client that leaves a refused command alone is named for both") {
  Machine m;
  m.enable(kPlatformSid, kRecord);
  m.ram(Machine::kCommands)[0] = 0x12 | std::uint64_t{7} << 48;
  m.ram(Machine::kCommands)[1] = Machine::kVa | 1 << 10;  // TG without a range
  m.write(0x98, 1);
  CHECK(m.until(0x60, 1));
  CHECK(says(m, "TG with NUM, SCALE and TTL of 0 is Reserved (4.4.1.1)"));
  CHECK(smmu_vp_advance(m.vp, 5000 * kUs) == SMMU_VP_OK);
  m.read(0x60);
  CHECK(complaints(m).find("CMDQ_ERR has been active since") != std::string::npos);
}

TEST_CASE("through the C ABI a client that acknowledges an error that is not there is named") {
  Machine m;
  m.write(0x64, 1);
  CHECK(says(m, "GERRORN (0x64) 0x0 -> 0x1 with GERROR 0x0 toggles CMDQ_ERR"));
}

TEST_CASE("through the C ABI a client that does not drain or acknowledge its Event queue is named") {
  Machine m;
  m.enable(kPlatformSid, kRecord);
  for (int i = 0; i < 17; ++i) fault(m);
  CHECK(complaints(m) == "");
  CHECK(smmu_vp_advance(m.vp, 5000 * kUs) == SMMU_VP_OK);
  fault(m);
  CHECK(says(m, "EVENTQ has been overflowing since"));
}

TEST_CASE("through the C ABI a client that moves its Stream table under the SMMU is named") {
  Machine m;
  m.enable(kPlatformSid, kRecord);
  m.write(0x80, m.info.ram_base + 2 * Machine::kStreams, 8);
  CHECK(says(m, "STRTAB_BASE (0x80)"));
}

TEST_CASE("through the C ABI a client that does not wait for CR0ACK is named") {
  Machine m;
  m.write(0x90, (m.info.ram_base + Machine::kCommands) | 4, 8);
  m.write(0x20, 0x8);
  m.write(0x20, 0x0);
  CHECK(says(m, "changes CMDQEN again before CR0ACK (0x24) was read"));
}
