// The C ABI: a machine under stage 2 whose hypervisor takes a page away, named when it leaves a stage out.
#include "tests/unit/capi_driver.h"

using namespace smmu_vp_test;

namespace {

constexpr std::uint32_t kPlatformDevice = 1, kSid = 0x8;
constexpr std::uint64_t kRecord = std::uint64_t{3} << 45;                       // CD.R and A
constexpr std::uint64_t kStage2 = 0x20'0000, kMappedTo = 0x18'0000, kVmid = 9;  // tables of levels 1 to 3
constexpr std::uint64_t kTlbiNhAll = 0x10, kTlbiS12Vmall = 0x28, kTlbiS2Ipa = 0x2A;  // 4.1.3

struct Hypervisor : Machine {
  // Stage 2 over 2 MB of RAM, page by page, as it is but for the data page.
  Hypervisor() : Machine({"smmu.features.s2=true", "smmu.features.hyp=true"}) {
    const std::uint64_t base = info.ram_base;
    *ram(kStage2 + 8 * (base >> 30)) = (base + kStage2 + 0x1000) | 3;
    *ram(kStage2 + 0x1000 + 8 * (base >> 21 & 511)) = (base + kStage2 + 0x2000) | 3;
    for (unsigned page = 0; page < 512; ++page) map_ipa(page, 4096 * page);
    map_ipa(kPage >> 12, kMappedTo);
    enable(kSid, kRecord);
    map(0, kPage);
    std::uint64_t* const ste = ram(kStreams + 64 * kSid);
    const std::uint64_t word0 = ste[0];
    ste[0] = word0 & ~std::uint64_t{1};
    cfgi_ste();
    // S2VMID; S2T0SZ 25, S2SL0 1, inner shareable, S2PS 40 bits, S2AA64, S2R (5.2)
    ste[2] = kVmid | std::uint64_t{25} << 32 | std::uint64_t{1} << 38 | std::uint64_t{3} << 44 |
             std::uint64_t{2} << 48 | std::uint64_t{1} << 51 | std::uint64_t{1} << 58;
    ste[3] = base + kStage2;
    cfgi_ste();
    ste[0] = word0 | std::uint64_t{7} << 1;  // Config: both stages
    cfgi_ste();
    CHECK(use() == SMMU_VP_DMA_OK);
  }
  void map_ipa(unsigned page, std::uint64_t offset) const {
    *ram(kStage2 + 0x2000 + 8 * page) = (info.ram_base + offset) | 0x7FF;  // MemAttr, S2AP, SH, AF
  }
  void cfgi_ste() const { command(std::uint64_t{kSid} << 32 | 0x03, 1), sync(); }
  void sync() const { command(0x46, 0); }
  void invalidate(std::uint64_t opcode, std::uint64_t address = 0) const {
    command(opcode | kVmid << 32, address), sync();
  }
  smmu_vp_dma_status use() const {
    std::uint64_t data = 0;
    auto r = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, kVa, &data, 8, false);
    r.has_pasid = 1;
    r.pasid = 1;
    smmu_vp_dma_result result{};
    CHECK_MESSAGE(smmu_vp_dma(vp, &r, &result) == SMMU_VP_OK, last_error());
    return result.status;
  }
  // The data page is taken away, and something else happens for longer than monitors.grace_us.
  void take_page() const { *ram(kStage2 + 0x2000 + 8 * (kPage >> 12)) = 0; }
  std::string violations() const {
    for (int i = 0; i < 50; ++i) sync();
    CHECK(smmu_vp_advance(vp, 2000 * kUs) == SMMU_VP_OK);
    for (int i = 0; i < 50; ++i) sync();
    CHECK(smmu_vp_finish(vp) == SMMU_VP_OK);
    std::uint64_t count = 0;
    std::string text(1 << 14, '\0');
    CHECK(smmu_vp_violations(vp, &count, text.data(), text.size()) == SMMU_VP_OK);
    text.resize(text.find('\0'));
    return text;
  }
  std::uint64_t ipa() const { return info.ram_base + kPage; }
};

}  // namespace

TEST_CASE("through the C ABI a hypervisor that invalidates by IPA and then all of stage 1 is not accused") {
  Hypervisor h;
  h.take_page();
  h.invalidate(kTlbiS2Ipa, h.ipa()), h.invalidate(kTlbiNhAll);
  CHECK(h.use() != SMMU_VP_DMA_OK);
  CHECK(h.violations() == "");
}

TEST_CASE("through the C ABI a hypervisor that invalidates all of the VMID is not accused") {
  Hypervisor h;
  h.take_page();
  h.invalidate(kTlbiS12Vmall);
  CHECK(h.use() != SMMU_VP_DMA_OK);
  CHECK(h.violations() == "");
}

TEST_CASE("through the C ABI a hypervisor that invalidates stage 1 alone is named") {
  Hypervisor h;
  h.take_page();
  h.invalidate(kTlbiNhAll);
  const std::string found = h.violations();
  CHECK(found.find("stale_entry") != std::string::npos);
  CHECK(found.find("CMD_TLBI_S2_IPA(VMID 9, ") != std::string::npos);
}

TEST_CASE("through the C ABI a hypervisor that invalidates IPAs alone is named") {
  Hypervisor h;
  h.take_page();
  h.invalidate(kTlbiS2Ipa, h.ipa());
  const std::string found = h.violations();
  CHECK(found.find("stale_entry") != std::string::npos);
  CHECK(found.find("CMD_TLBI_NH_VA(VMID 9, ") != std::string::npos);
}
