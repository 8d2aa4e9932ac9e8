// The C ABI: mistakes with STEs, CDs and their tables that a driver of a few lines makes, named by monitors that know
// nothing of it.
#include "tests/unit/capi_judged.h"

using namespace smmu_vp::test;

namespace {

constexpr std::uint64_t kAsid1 = cd::asid(1);
constexpr std::uint64_t kCd = Machine::kCd0 | cd::kAborts;  // as Machine::enable() writes it

struct Driver : Machine {
  explicit Driver(const std::vector<std::string>& settings = {}) : Machine(settings) {
    enable(kPlatformSid, cd::kAborts);
    map(0, kPage);
    use();
  }
  void use() const { read_page(*this); }
  // Longer than monitors.grace_us.
  void work_on() const {
    use();
    CHECK(smmu_vp_advance(vp, 2000 * kUs) == SMMU_VP_OK);
    use();
  }
  void cfgi_ste(std::uint32_t sid) const { command(cmd::cfgi_ste(sid)); }
  void cfgi_cd(std::uint32_t sid, std::uint32_t ssid) const { command(cmd::cfgi_cd(sid, ssid)); }
  void tlbi_all() const { command(cmd::tlbi_nsnh_all()); }
  void sync() const { command(cmd::sync()); }

  std::string violations() const { return smmu_vp::test::violations(*this); }
  // Whether that monitor says so.
  bool named(const std::string& monitor, const std::string& what) const {
    const std::string all = violations();
    const std::size_t at = all.find(monitor);
    MESSAGE(all);
    return at != std::string::npos && all.find(what, at) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("through the C ABI a client that follows the update procedure of structures is not accused") {
  Driver d;
  // Another context, then the first quiesced, then invalid (3.21.3.1).
  d.cd(2)[1] = d.info.ram_base + Driver::kRoot;
  d.cd(2)[3] = mair::kWriteBack;
  d.cfgi_cd(kPlatformSid, 2), d.sync();
  d.cd(2)[0] = kCd ^ kAsid1;
  d.cfgi_cd(kPlatformSid, 2), d.sync();
  d.work_on();
  d.cd(1)[0] = kCd | cd::EPD0;
  d.cfgi_cd(kPlatformSid, 1), d.sync();
  d.tlbi_all(), d.sync();
  d.work_on();
  d.cd(1)[0] = 0;
  d.cfgi_cd(kPlatformSid, 1), d.sync();
  d.cd(1)[1] = 0;
  d.work_on();
  *d.ste(kPlatformSid) = 0;
  d.cfgi_ste(kPlatformSid), d.sync();
  d.work_on();
  CHECK(d.violations() == "");
}

TEST_CASE(
    "through the C ABI a context that is filled and made valid in one go before it is used is not accused") {
  Driver d;
  d.cd(2)[1] = d.info.ram_base + Driver::kRoot;
  d.cd(2)[3] = 0xFF;
  d.cd(2)[0] = kCd ^ kAsid1;
  d.cfgi_cd(kPlatformSid, 2), d.sync();
  d.work_on();
  CHECK(d.violations() == "");
}

// As the next, where the time is over.
TEST_CASE("through the C ABI a slow machine gives the time that its invalidations may take") {
  Driver d({"memory.latency_ns=10000"});
  d.cd(1)[0] = kCd | cd::EPD0;
  d.work_on();
  CHECK(d.violations() == "");
}

TEST_CASE("through the C ABI a changed CD without an invalidation is named") {
  Driver d;
  d.cd(1)[0] = kCd | cd::EPD0;
  d.work_on();
  CHECK(d.named("stale_configuration", "no CMD_CFGI_CD of StreamID 0x8, SubstreamID 1, Leaf 1"));
}

TEST_CASE("through the C ABI an invalidation of the CD without a CMD_SYNC is named") {
  Driver d;
  d.cd(1)[0] = kCd | cd::EPD0;
  d.cfgi_cd(kPlatformSid, 1);
  d.work_on();
  CHECK(d.named("stale_configuration", "no CMD_SYNC has ended since its invalidation was consumed"));
}

TEST_CASE("through the C ABI an invalidation of the wrong StreamID is named") {
  Driver d;
  d.cd(1)[0] = kCd | cd::EPD0;
  d.cfgi_cd(kPlatformSid + 1, 1), d.sync();
  d.work_on();
  CHECK(d.named("stale_configuration", "only CMD_CFGI_CD of StreamID 0x9, SubstreamID 1"));
}

TEST_CASE("through the C ABI two words of a CD changed at once are named") {
  Driver d;
  d.cd(1)[0] = kCd ^ kAsid1;
  d.cd(1)[1] += 0x1000;
  d.cfgi_cd(kPlatformSid, 1), d.sync();
  CHECK(d.named("structure_snapshot", "StreamID 0x8, SubstreamID 1"));
}

TEST_CASE("through the C ABI a CD that is valid before its table is named") {
  Driver d;
  d.cd(2)[0] = kCd ^ kAsid1;
  d.cfgi_cd(kPlatformSid, 2), d.sync();
  CHECK(d.named("context_validity", "with TTB0 = 0x0"));
}

TEST_CASE(
    "through the C ABI an invalidation of the leaf alone is named after a first-level descriptor changed") {
  Machine m;
  constexpr std::uint64_t kStes = 0x4'0000;
  // StreamID 8 has no STE when its device asks.
  m.write(reg::STRTAB_BASE, m.info.ram_base + Driver::kStreams, 8);
  m.write(reg::STRTAB_BASE_CFG, strtab::two_level(8, 9));
  m.write(reg::CMDQ_BASE, (m.info.ram_base + Driver::kCommands) | queue::log2size(4), 8);
  m.write(reg::EVENTQ_BASE, (m.info.ram_base + Driver::kEvents) | queue::log2size(4), 8);
  m.set_cr0(cr0::SMMUEN | cr0::EVENTQEN | cr0::CMDQEN);
  std::uint64_t data = 0;
  const auto r = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, m.info.ram_base, &data, 8, false);
  smmu_vp_dma_result result{};
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  *m.ram(kStes + 64 * kPlatformSid) = ste::kBypass | ste::V;
  *m.ram(Driver::kStreams) = (m.info.ram_base + kStes) | l1std::span(9);
  m.command(cmd::cfgi_ste(kPlatformSid));
  m.command(cmd::sync());
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  CHECK(smmu_vp_advance(m.vp, 2000 * kUs) == SMMU_VP_OK);
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  CHECK(violations(m).find("no CMD_CFGI_STE of StreamID 0x0, Leaf 0") != std::string::npos);
}
