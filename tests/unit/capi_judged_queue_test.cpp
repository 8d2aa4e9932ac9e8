// The C ABI: a bare-metal client that knows only the manual is judged by what it does to queues and registers.
#include "tests/unit/capi_judged.h"

using namespace smmu_vp::test;

namespace {

// The violations of the monitors of queues and registers, one a line.
std::string complaints(const Machine& m) {
  return violations_of(m, {"queue_use", "register_use"});
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
  m.write(reg::IRQ_CTRL, 0);
  CHECK(m.until(reg::IRQ_CTRLACK, 0));
  m.set_cr0(0);
  m.enable(kPlatformSid, cd::kAborts);
  CHECK(m.until(reg::IRQ_CTRLACK, irq_ctrl::kAll));
  m.map(0, Machine::kPage);
  for (int i = 0; i < 40; ++i) {
    m.command(cmd::tlbi_nh_va(7, Machine::kVa, {.leaf = true}));
    m.command(cmd::sync());
  }
  for (std::uint32_t i = 1; i <= 20; ++i) {
    fault(m);
    CHECK(m.until(reg::EVENTQ_PROD, i & 31));
    m.write(reg::EVENTQ_CONS, i & 31);
  }
  m.set_cr0(0);
  CHECK(complaints(m) == "");
}

TEST_CASE("through the C ABI a client that lets CMDQ_PROD run on without a wrap is named") {
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  for (int i = 0; i < 31; ++i) m.command(cmd::sync());
  m.write(reg::CMDQ_PROD, 32);
  CHECK(says(m, "CMDQ_PROD (0x98) 0x1f -> 0x20 sets bits 0x20 above the wrap flag"));
}

TEST_CASE("through the C ABI a client that writes PROD before the command is named") {
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  m.set_cr0(Machine::kCr0 & ~cr0::CMDQEN);  // no command is consumed
  m.put(0, cmd::sync());
  m.write(reg::CMDQ_PROD, 2);
  m.write(reg::CR0, Machine::kCr0);
  m.put(1, cmd::tlbi_nsnh_all());
  CHECK(m.until(reg::CMDQ_CONS, 2));
  CHECK(says(m, "CMD_TLBI_NSNH_ALL at CMDQ index 1 (0x30, 0x0) was Reserved (0x0, 0x0)"));
}

TEST_CASE("through the C ABI a client that leaves a refused command alone is named for both") {
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  m.put(0, cmd::tlbi_nh_va(7, Machine::kVa, {.tg = 1}));  // TG without a range
  m.write(reg::CMDQ_PROD, 1);
  CHECK(m.until(reg::GERROR, gerror::CMDQ_ERR));
  CHECK(says(m, "TG with NUM, SCALE and TTL of 0 is Reserved (4.4.1.1)"));
  CHECK(smmu_vp_advance(m.vp, 5000 * kUs) == SMMU_VP_OK);
  m.read(reg::GERROR);
  CHECK(complaints(m).find("CMDQ_ERR has been active since") != std::string::npos);
}

TEST_CASE("through the C ABI a client that acknowledges an error that is not there is named") {
  Machine m;
  m.write(reg::GERRORN, gerror::CMDQ_ERR);
  CHECK(says(m, "GERRORN (0x64) 0x0 -> 0x1 with GERROR 0x0 toggles CMDQ_ERR"));
}

TEST_CASE("through the C ABI a client that does not drain or acknowledge its Event queue is named") {
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  for (int i = 0; i < 17; ++i) fault(m);
  CHECK(complaints(m) == "");
  CHECK(smmu_vp_advance(m.vp, 5000 * kUs) == SMMU_VP_OK);
  fault(m);
  CHECK(says(m, "EVENTQ has been overflowing since"));
}

TEST_CASE("through the C ABI a client that moves its Stream table under the SMMU is named") {
  Machine m;
  m.enable(kPlatformSid, cd::kAborts);
  m.write(reg::STRTAB_BASE, m.info.ram_base + 2 * Machine::kStreams, 8);
  CHECK(says(m, "STRTAB_BASE (0x80)"));
}

TEST_CASE("through the C ABI a client that does not wait for CR0ACK is named") {
  Machine m;
  m.write(reg::CMDQ_BASE, (m.info.ram_base + Machine::kCommands) | queue::log2size(4), 8);
  m.write(reg::CR0, cr0::CMDQEN);
  m.write(reg::CR0, 0);
  CHECK(says(m, "changes CMDQEN again before CR0ACK (0x24) was read"));
}
