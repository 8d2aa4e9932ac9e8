// The C ABI: a machine under stage 2 whose hypervisor takes a page away, named when it leaves a stage out.
#include "tests/unit/capi_judged.h"

using namespace smmu_vp::test;

namespace {

constexpr std::uint64_t kStage2 = 0x20'0000, kMappedTo = 0x18'0000;  // the former: tables of levels 1 to 3
constexpr std::uint16_t kVmid = 9;

struct Hypervisor : Machine {
  // Stage 2 over 2 MB of RAM, page by page, as it is but for the data page.
  Hypervisor() : Machine({"smmu.features.s2=true", "smmu.features.hyp=true"}) {
    const std::uint64_t base = info.ram_base;
    *ram(kStage2 + 8 * (base >> 30)) = (base + kStage2 + 0x1000) | pte::kTable;
    *ram(kStage2 + 0x1000 + 8 * (base >> 21 & 511)) = (base + kStage2 + 0x2000) | pte::kTable;
    for (unsigned page = 0; page < 512; ++page) map_ipa(page, 4096 * page);
    map_ipa(kPage >> 12, kMappedTo);
    enable(kPlatformSid, cd::kAborts);
    map(0, kPage);
    std::uint64_t* const words = ste(kPlatformSid);
    const std::uint64_t stage1 = words[0];
    words[0] = stage1 & ~ste::V;
    cfgi_ste();
    words[2] = ste::s2_vmid(kVmid) | ste::s2_t0sz(25) | ste::s2_sl0(1) | ste::s2_ps(k40Bits) | ste::S2AA64 |
               ste::S2R;
    words[3] = base + kStage2;
    cfgi_ste();
    words[0] = stage1 | ste::kNested;
    cfgi_ste();
    CHECK(use() == SMMU_VP_DMA_OK);
  }
  void map_ipa(unsigned page, std::uint64_t offset) const {
    *ram(kStage2 + 0x2000 + 8 * page) = (info.ram_base + offset) | s2::kData | pte::kPage;
  }
  void cfgi_ste() const { invalidate(cmd::cfgi_ste(kPlatformSid)); }
  void sync() const { command(cmd::sync()); }
  void invalidate(const cmd::Command& what) const { command(what), sync(); }
  smmu_vp_dma_status use() const { return read_page(*this); }
  // The data page is taken away, and something else happens for longer than monitors.grace_us.
  void take_page() const { *ram(kStage2 + 0x2000 + 8 * (kPage >> 12)) = 0; }
  std::string violations() const {
    for (int i = 0; i < 50; ++i) sync();
    CHECK(smmu_vp_advance(vp, 2000 * kUs) == SMMU_VP_OK);
    for (int i = 0; i < 50; ++i) sync();
    CHECK(smmu_vp_finish(vp) == SMMU_VP_OK);
    return smmu_vp::test::violations(*this);
  }
  std::uint64_t ipa() const { return info.ram_base + kPage; }
};

}  // namespace

TEST_CASE("through the C ABI a hypervisor that invalidates by IPA and then all of stage 1 is not accused") {
  Hypervisor h;
  h.take_page();
  h.invalidate(cmd::tlbi_s2_ipa(kVmid, h.ipa())), h.invalidate(cmd::tlbi_nh_all(kVmid));
  CHECK(h.use() != SMMU_VP_DMA_OK);
  CHECK(h.violations() == "");
}

TEST_CASE("through the C ABI a hypervisor that invalidates all of the VMID is not accused") {
  Hypervisor h;
  h.take_page();
  h.invalidate(cmd::tlbi_s12_vmall(kVmid));
  CHECK(h.use() != SMMU_VP_DMA_OK);
  CHECK(h.violations() == "");
}

TEST_CASE("through the C ABI a hypervisor that invalidates stage 1 alone is named") {
  Hypervisor h;
  h.take_page();
  h.invalidate(cmd::tlbi_nh_all(kVmid));
  const std::string found = h.violations();
  CHECK(found.find("stale_entry") != std::string::npos);
  CHECK(found.find("CMD_TLBI_S2_IPA(VMID 9, ") != std::string::npos);
}

TEST_CASE("through the C ABI a hypervisor that invalidates IPAs alone is named") {
  Hypervisor h;
  h.take_page();
  h.invalidate(cmd::tlbi_s2_ipa(kVmid, h.ipa()));
  const std::string found = h.violations();
  CHECK(found.find("stale_entry") != std::string::npos);
  CHECK(found.find("CMD_TLBI_NH_VA(VMID 9, ") != std::string::npos);
}
