// The C ABI: mistakes with STEs, CDs and their tables that a driver of a few lines makes, named by monitors that know
// nothing of it.
#include "tests/unit/capi_driver.h"

using namespace smmu_vp_test;

namespace {

constexpr std::uint32_t kPlatformDevice = 1, kSid = 0x8;
constexpr std::uint64_t kRecord = std::uint64_t{3} << 45;  // CD.R and A
constexpr std::uint64_t kEpd0 = std::uint64_t{1} << 14, kAsid1 = std::uint64_t{1} << 48;
constexpr std::uint64_t kCd0 = 0x0007'8205'C000'3510 | kRecord;  // as Machine::enable() writes it

struct Driver : Machine {
  explicit Driver(const std::vector<std::string>& settings = {}) : Machine(settings) {
    enable(kSid, kRecord);
    map(0, kPage);
    use();
  }
  void use() const {
    std::uint64_t data = 0;
    auto r = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, kVa, &data, 8, false);
    r.has_pasid = 1;
    r.pasid = 1;
    smmu_vp_dma_result result{};
    CHECK_MESSAGE(smmu_vp_dma(vp, &r, &result) == SMMU_VP_OK, last_error());
  }
  // Longer than monitors.grace_us.
  void work_on() const {
    use();
    CHECK(smmu_vp_advance(vp, 2000 * kUs) == SMMU_VP_OK);
    use();
  }
  std::uint64_t* cd(unsigned pasid) const { return ram(kCds + 64 * pasid); }
  void cfgi_ste(std::uint64_t sid, bool leaf = true) const { command(sid << 32 | 0x03, leaf); }
  void cfgi_cd(std::uint64_t sid, std::uint64_t ssid, bool leaf = true) const {
    command(sid << 32 | ssid << 12 | 0x05, leaf);
  }
  void tlbi_all() const { command(0x30, 0); }
  void sync() const { command(0x46, 0); }

  std::string violations() const {
    std::uint64_t count = 0;
    std::string text(1 << 14, '\0');
    CHECK(smmu_vp_violations(vp, &count, text.data(), text.size()) == SMMU_VP_OK);
    text.resize(text.find('\0'));
    return text;
  }
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
  d.cd(2)[3] = 0xFF;
  d.cfgi_cd(kSid, 2), d.sync();
  d.cd(2)[0] = kCd0 ^ kAsid1;
  d.cfgi_cd(kSid, 2), d.sync();
  d.work_on();
  d.cd(1)[0] = kCd0 | kEpd0;
  d.cfgi_cd(kSid, 1), d.sync();
  d.tlbi_all(), d.sync();
  d.work_on();
  d.cd(1)[0] = 0;
  d.cfgi_cd(kSid, 1), d.sync();
  d.cd(1)[1] = 0;
  d.work_on();
  *d.ram(Driver::kStreams + 64 * kSid) = 0;
  d.cfgi_ste(kSid), d.sync();
  d.work_on();
  CHECK(d.violations() == "");
}

TEST_CASE(
    "through the C ABI a context that is filled and made valid in one go before it is used is not accused") {
  Driver d;
  d.cd(2)[1] = d.info.ram_base + Driver::kRoot;
  d.cd(2)[3] = 0xFF;
  d.cd(2)[0] = kCd0 ^ kAsid1;
  d.cfgi_cd(kSid, 2), d.sync();
  d.work_on();
  CHECK(d.violations() == "");
}

// As the next, where the time is over.
TEST_CASE("through the C ABI a slow machine gives the time that its invalidations may take") {
  Driver d({"memory.latency_ns=10000"});
  d.cd(1)[0] = kCd0 | kEpd0;
  d.work_on();
  CHECK(d.violations() == "");
}

TEST_CASE("through the C ABI a changed CD without an invalidation is named") {
  Driver d;
  d.cd(1)[0] = kCd0 | kEpd0;
  d.work_on();
  CHECK(d.named("stale_configuration", "no CMD_CFGI_CD of StreamID 0x8, SubstreamID 1, Leaf 1"));
}

TEST_CASE("through the C ABI an invalidation of the CD without a CMD_SYNC is named") {
  Driver d;
  d.cd(1)[0] = kCd0 | kEpd0;
  d.cfgi_cd(kSid, 1);
  d.work_on();
  CHECK(d.named("stale_configuration", "no CMD_SYNC has ended since its invalidation was consumed"));
}

TEST_CASE("through the C ABI an invalidation of the wrong StreamID is named") {
  Driver d;
  d.cd(1)[0] = kCd0 | kEpd0;
  d.cfgi_cd(kSid + 1, 1), d.sync();
  d.work_on();
  CHECK(d.named("stale_configuration", "only CMD_CFGI_CD of StreamID 0x9, SubstreamID 1"));
}

TEST_CASE("through the C ABI two words of a CD changed at once are named") {
  Driver d;
  d.cd(1)[0] = kCd0 ^ kAsid1;
  d.cd(1)[1] += 0x1000;
  d.cfgi_cd(kSid, 1), d.sync();
  CHECK(d.named("structure_snapshot", "StreamID 0x8, SubstreamID 1"));
}

TEST_CASE("through the C ABI a CD that is valid before its table is named") {
  Driver d;
  d.cd(2)[0] = kCd0 ^ kAsid1;
  d.cfgi_cd(kSid, 2), d.sync();
  CHECK(d.named("context_validity", "with TTB0 = 0x0"));
}

TEST_CASE(
    "through the C ABI an invalidation of the leaf alone is named after a first-level descriptor changed") {
  Machine m;
  const std::uint64_t stes = m.info.ram_base + 0x4'0000;
  // Two levels of streams, SPLIT 8; StreamID 0x8 has no STE when its device asks.
  m.write(0x80, m.info.ram_base + Driver::kStreams, 8);
  m.write(0x88, 1u << 16 | 8u << 6 | 9);
  m.write(0x90, (m.info.ram_base + Driver::kCommands) | 4, 8);
  m.write(0xA0, (m.info.ram_base + Driver::kEvents) | 4, 8);
  m.write(0x20, 0xD);
  CHECK(m.until(0x24, 0xD));
  std::uint64_t data = 0;
  const auto r = access(kPlatformDevice, SMMU_VP_UNTRANSLATED, m.info.ram_base, &data, 8, false);
  smmu_vp_dma_result result{};
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  *m.ram(0x4'0000 + 64 * kSid) = 0x9;              // Config 0b100, V
  *m.ram(Driver::kStreams) = stes | 9;             // Span
  m.command(std::uint64_t{kSid} << 32 | 0x03, 1);  // Leaf
  m.command(0x46, 0);
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  CHECK(smmu_vp_advance(m.vp, 2000 * kUs) == SMMU_VP_OK);
  CHECK(smmu_vp_dma(m.vp, &r, &result) == SMMU_VP_OK);
  std::uint64_t count = 0;
  std::string text(1 << 14, '\0');
  CHECK(smmu_vp_violations(m.vp, &count, text.data(), text.size()) == SMMU_VP_OK);
  CHECK(text.find("no CMD_CFGI_STE of StreamID 0x0, Leaf 0") != std::string::npos);
}
