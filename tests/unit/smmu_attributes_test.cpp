// Attributes on the SMMU's sockets to memory: of devices' accesses and of its own (13.1, 13.4).
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

using spec::MemoryType;
using transport::Attributes;

namespace {

constexpr u8 kOsh = 0b10, kIsh = 0b11;
constexpr MemoryType kWriteBackIsh{mair::kWriteBack, kIsh};
// Cacheable types of the SMMU's own accesses: with all hints; without; CDs allocate only for reads.
constexpr u8 kUnhinted = 0xCC, kForReads = 0xEE;
constexpr u64 kLeaf = Bench::kPte + 8 * 0x167;
constexpr u64 kMsi = 0x7000;

// The SMMU's own accesses are Data and Privileged (13.1.2).
Attributes own(u8 attributes, u8 shareability) {
  return {.type = {attributes, shareability}, .exec = false, .priv = true};
}

}  // namespace

TEST_CASE("an access leaves with its page's memory type and with privilege and instruction as overridden") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(Bench::cd_at() + 24, mair::attr(0, mair::kWriteBack) | mair::attr(1, mair::kDeviceNgnre));
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK(b.memory.attributes.at(Bench::kPage) == Attributes{.type = kWriteBackIsh});

    b.memory.store(
        kLeaf, Bench::kPage | pte::kInnerShareable | pte::kAf | pte::kNg | pte::attr_index(1) | pte::kPage);
    b.memory.store(Bench::ste_at() + 8, ste::kDssBypass | ste::privcfg(0b11) | ste::instcfg(0b11));
    b.command(cmd::cfgi_ste(Bench::kSid));
    b.command(cmd::tlbi_nsnh_all());
    b.sync();
    DmaExtension ext;
    ext.who = {Bench::kSid, Bench::kPasid};
    CHECK(b.send(ext, Bench::kVa, false, 0, 8, 0).ok);
    const Attributes device{.type = {mair::kDeviceNgnre, kOsh}, .exec = true, .priv = true};
    CHECK(b.memory.attributes.at(Bench::kPage) == device);
    CHECK(ext.attributes == device);  // told to the device, too
    CHECK(b.dma(Bench::kVa, true, 7).ok);
    CHECK_FALSE(b.memory.attributes.at(Bench::kPage).exec);  // a write is Data (13.1.2)
  });
}

TEST_CASE("a hit in the TLB has the type of the miss before it") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kVa, false).ok);
    b.memory.attributes.clear();
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK(b.memory.attributes.at(Bench::kPage) == Attributes{.type = kWriteBackIsh});
    CHECK_FALSE(b.memory.attributes.contains(kLeaf));  // nothing was walked
  });
}

TEST_CASE("without an SMMU enabled an access goes out as it came") {
  Bench b;
  b.run([&] {
    DmaExtension ext;
    ext.who = {Bench::kSid, {}};
    ext.memory_type = kWriteBackIsh;
    CHECK(b.send(ext, Bench::kPage, false, 0, 8, 0).ok);
    CHECK(b.memory.attributes.at(Bench::kPage) == Attributes{.type = kWriteBackIsh});
  });
}

TEST_CASE("under stage 2 a page's type is the weaker of both stages', or what S2FWB forces") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kS2L2 + 8,
                   kDataPa | s2::kRead | s2::kWrite | s2::kAf | s2::mem_attr(0b0101) | pte::kBlock);
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK(b.memory.attributes.at(kDataPa).type == MemoryType{mair::kNonCacheable, kOsh});
    // MemAttr 0b110 with S2FWB is Write-Back, whatever stage 1 says (13.1.6).
    b.memory.store(Bench::cd_at() + 24, mair::attr(0, mair::kNonCacheable));
    b.memory.store(kS2L2 + 8,
                   kDataPa | s2::kRead | s2::kWrite | s2::kAf | s2::mem_attr(0b0110) | pte::kBlock);
    b.memory.store(Bench::ste_at() + 8, ste::kDssBypass | ste::S2FWB);
    b.command(cmd::cfgi_ste(Bench::kSid));
    b.command(cmd::tlbi_nsnh_all());
    b.sync();
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK(b.memory.attributes.at(kDataPa).type == MemoryType{mair::kWriteBack, kOsh});
  });
}

TEST_CASE("the SMMU's own accesses have the attributes that registers, STE, CD and MSI configuration give") {
  Bench b;
  b.run([&] {
    b.write32(reg::CR1, cr1::kCached);
    b.write64(reg::EVENTQ_IRQ_CFG0, kMsi);
    b.write32(reg::EVENTQ_IRQ_CFG2, irq_cfg2::mem_attr(0b0001));
    b.enable();
    b.bind_process();
    b.memory.store(Bench::ste_at() + 8, ste::kDssBypass | ste::kCdsCached);
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK(b.memory.attributes.at(Bench::ste_at()) == own(kUnhinted, kIsh));
    CHECK(b.memory.attributes.at(Bench::cd_at()) == own(kForReads, kIsh));
    CHECK(b.memory.attributes.at(kLeaf) == own(mair::kWriteBack, kIsh));  // CD.{IR0,OR0,SH0}
    b.sync();
    CHECK(b.memory.attributes.at(Bench::kCmdq) == own(kUnhinted, kIsh));
    CHECK_FALSE(b.dma(Bench::kVa + 0x10'0000, false).ok);  // a fault
    b.until([&] { return b.memory.attributes.contains(kMsi); });
    CHECK(b.memory.attributes.at(Bench::kEventq) == own(kUnhinted, kIsh));
    CHECK(b.memory.attributes.at(kMsi) == own(mair::kDeviceNgnre, kOsh));
  });
}

}  // namespace smmu_vp::test
