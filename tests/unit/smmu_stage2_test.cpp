// Stage 2, alone and nested, and hardware updates, behind the SMMU's sockets.
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

using transport::DmaStatus;

TEST_CASE("in a nested stream tables, CD and data go through stage 2 and a second access hits") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    CHECK(b.dma(Bench::kVa + 0x18, true, 0xFEED).ok);
    CHECK(b.memory.load(kDataPa + 0x18) == 0xFEED);
    CHECK(b.dma(Bench::kVa + 0x18, false).data == 0xFEED);
    CHECK(b.counter("smmu.tlb.misses") == 1);
    CHECK(b.events() == 0);
    // Without a SubstreamID stage 1 is bypassed (S1DSS 0b01): the address is an IPA.
    CHECK(b.dma(kDataIpa + 0x18, false, 0, 8, 0, false).data == 0xFEED);
    CHECK_FALSE(b.dma(u64{1} << 48, false, 0, 8, 0, false).ok);  // beyond IAS: stage 1's F_ADDR_SIZE
    CHECK(b.event(0).type() == event::F_ADDR_SIZE);
    CHECK(!b.event(0).s2());
    CHECK_FALSE(b.dma(u64{1} << 32, false, 0, 8, 0, false).ok);  // beyond S2T0SZ
    check_event(b, 1, event::F_TRANSLATION, event::kClassIN, u64{1} << 32);
  });
}

TEST_CASE("a write that stage 2 forbids is a stage 2 fault on a miss and on a hit") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kS2L2 + 8, kDataPa | (kBlock & ~s2::kWrite));
    CHECK_FALSE(b.dma(Bench::kVa, true, 1).ok);
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK_FALSE(b.dma(Bench::kVa, true, 1).ok);
    CHECK(b.events() == 2);
    check_event(b, 0, event::F_PERMISSION, event::kClassIN, kDataIpa);
    check_event(b, 1, event::F_PERMISSION, event::kClassIN, kDataIpa);
    CHECK(b.dma(Bench::kVa, false).ok);
  });
}

TEST_CASE(
    "CMD_TLBI_S2_IPA invalidates entries of stage 2 alone, and nested entries need their VMID invalidated") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    CHECK(b.dma(Bench::kVa, true, 1).ok);
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 1);
    b.memory.store(kS2L2 + 8, 0x80'0000 | kBlock);
    b.memory.store(0x80'0000, 2);
    b.command(cmd::tlbi_s2_ipa(8, kDataIpa));  // another VMID
    b.sync();
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 1);
    b.command(cmd::tlbi_s2_ipa(9, kDataIpa, {.leaf = true}));
    b.sync();
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 2);
    b.command(cmd::tlbi_nh_all(9));
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 2);
    b.memory.store(kS2L2 + 8, kDataPa | kBlock);
    b.command(cmd::tlbi_s12_vmall(9));
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 1);
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 1);
  });
}

TEST_CASE("CMD_TLBI_S2_IPA by range invalidates the pages of its range but no combined or stage 1 entries") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kS2L2 + 8, 0x52'0000 | pte::kTable);  // 4 KB pages of stage 2
    for (u64 i = 0; i < 8; ++i) b.memory.store(0x52'0000 + 8 * i, (kDataPa + (i << 12)) | kS2Page);
    b.map(2, kDataIpa + 0x2000);
    // Stream 4: stage 1 alone with the same tables and VMID, ASID 0x43.
    constexpr u64 kSte4 = Bench::ste_at(4), kCds4 = 0x7'0000, kCd = 64 * Bench::kPasid;
    b.memory.store(kSte4, kCds4 | ste::s1_cd_max(5) | ste::kStage1 | ste::V);
    b.memory.store(kSte4 + 8, ste::kDssBypass);
    b.memory.store(kSte4 + 16, ste::s2_vmid(kVmid));
    b.memory.store(kCds4 + kCd, b.memory.load(Bench::kCds + kCd) ^ cd::asid(1));
    b.memory.store(kCds4 + kCd + 8, Bench::kPgd);
    b.memory.store(kCds4 + kCd + 24, mair::kWriteBack);
    const auto walks = [&](u64 page) {
      const u64 before = b.counter("smmu.walks");
      CHECK(b.dma(kDataIpa + (page << 12), false, 0, 8, 0, false).ok);
      return b.counter("smmu.walks") - before;
    };
    const auto others = [&] {
      const u64 before = b.counter("smmu.walks");
      CHECK(b.dma(Bench::kVa, false).ok);
      CHECK(b.dma(Bench::kVa + 0x2000, false).ok);
      DmaExtension ext;
      ext.who = {4, Bench::kPasid};
      CHECK(b.send(ext, Bench::kVa + 0x2000, false, 0, 8, 0).ok);
      return b.counter("smmu.walks") - before;
    };
    CHECK(others() == 3);
    for (u64 page = 0; page < 8; ++page) CHECK(walks(page) == 1);
    // TG 4 KB, NUM 3, SCALE 0: pages 2 to 5.
    b.command(cmd::tlbi_s2_ipa(8, kDataIpa + 0x2000, {.tg = 1, .num = 3}));  // of another VMID
    b.sync();
    for (u64 page = 0; page < 8; ++page) CHECK(walks(page) == 0);
    b.command(cmd::tlbi_s2_ipa(9, kDataIpa + 0x2000, {.tg = 1, .num = 3}));
    b.sync();
    for (u64 page = 0; page < 8; ++page) CHECK(walks(page) == (page >= 2 && page <= 5 ? 1 : 0));
    CHECK(others() == 0);  // 4.4.3.1: combined entries need CMD_TLBI_NH_*
    CHECK(b.events() == 0);
  });
}

TEST_CASE("S2S also stalls a stage 2 fault on a CD fetch, and a retry fetches again") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true, ste::S2S);
    b.memory.store(kS2L2, 0);  // the CD's block
    bool done = false;
    Bench::spawn([&] {
      CHECK(b.dma(Bench::kVa, true, 0xCAFE).ok);
      done = true;
    });
    b.until([&] { return b.events() == 1; });
    check_event(b, 0, event::F_TRANSLATION, event::kClassCD, 0x6'0000);
    CHECK(b.event(0).stall());
    CHECK_FALSE(done);
    b.memory.store(kS2L2, kBlock);
    b.command(cmd::resume(Bench::kSid, b.event(0).stag(), cmd::kRetry));
    b.until([&] { return done; });
    CHECK(b.memory.load(kDataPa) == 0xCAFE);
  });
}

TEST_CASE("with HTTU a write after a read dirties the page despite its TLB entry, and the next one hits") {
  Bench b(both_stages(2));
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 cd = Bench::cd_at(), leaf = Bench::kPte + 8 * 0x167;
    b.memory.store(cd, b.memory.load(cd) | cd::HA | cd::HD);
    b.memory.store(leaf,
                   (b.memory.load(leaf) | pte::kReadOnly | pte::kDbm) & ~pte::kAf);  // clean, not accessed
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK((b.memory.load(leaf) & (pte::kAf | pte::kReadOnly)) == (pte::kAf | pte::kReadOnly));
    CHECK(b.dma(Bench::kVa, true, 5).ok);
    CHECK((b.memory.load(leaf) & (pte::kAf | pte::kReadOnly)) == pte::kAf);
    const u64 walks = b.counter("smmu.walks");
    CHECK(b.dma(Bench::kVa, true, 6).ok);
    CHECK(b.dma(Bench::kVa, false).data == 6);
    CHECK(b.counter("smmu.walks") == walks);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("with HTTU a translation request that asks to write dirties the page and one with NW does not") {
  Bench b(both_stages(2));
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 cd = Bench::cd_at(), leaf = Bench::kPte + 8 * 0x167;
    b.memory.store(cd, b.memory.load(cd) | cd::HA | cd::HD);
    b.memory.store(leaf, b.memory.load(leaf) | pte::kReadOnly | pte::kDbm);
    DmaResult r = b.translation_request(Bench::kVa, true);
    CHECK(r.translation.read);
    CHECK_FALSE(r.translation.write);
    CHECK((b.memory.load(leaf) & pte::kReadOnly) != 0);
    r = b.translation_request(Bench::kVa);
    CHECK(r.translation.write);
    CHECK((b.memory.load(leaf) & pte::kReadOnly) == 0);
  });
}

TEST_CASE("entries of EL2 are separate from those of EL1 and are invalidated by commands of EL2") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 ste = Bench::ste_at() + 8;
    b.memory.store(ste, b.memory.load(ste) | ste::strw(0b10));
    CHECK(b.dma(Bench::kVa, true, 1).ok);
    b.map(0, Bench::kPage + 0x1000);
    b.command(cmd::tlbi_nh_all());
    b.command(cmd::tlbi_nh_asid(Bench::kAsid));
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 1);
    b.command(cmd::tlbi_el2_all());
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 0);
  });
}

}  // namespace smmu_vp::test
