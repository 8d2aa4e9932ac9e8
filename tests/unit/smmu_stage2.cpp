// Stage 2, alone and nested, and hardware updates, behind the SMMU's sockets.
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

using transport::DmaStatus;

TEST_CASE("nested: tables CD and data go through stage 2 and a second access hits") {
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
    CHECK((b.event_word(0, 0) & 0xFF) == 0x11);
    CHECK((b.event_word(0, 1) >> 39 & 1) == 0);
    CHECK_FALSE(b.dma(u64{1} << 32, false, 0, 8, 0, false).ok);  // beyond S2T0SZ
    check_event(b, 1, 0x10, 0b10, u64{1} << 32);
  });
}

TEST_CASE("a write that stage 2 forbids is its fault on a miss and on a hit alike") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kS2L2 + 8, kDataPa | (kBlock & ~u64{0x80}));
    CHECK_FALSE(b.dma(Bench::kVa, true, 1).ok);
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK_FALSE(b.dma(Bench::kVa, true, 1).ok);
    CHECK(b.events() == 2);
    check_event(b, 0, 0x13, 0b10, kDataIpa);
    check_event(b, 1, 0x13, 0b10, kDataIpa);
    CHECK(b.dma(Bench::kVa, false).ok);
  });
}

TEST_CASE("CMD_TLBI_S2_IPA does for stage 2 alone and nested entries go with their VMID") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    CHECK(b.dma(Bench::kVa, true, 1).ok);
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 1);
    b.memory.store(kS2L2 + 8, 0x80'0000 | kBlock);
    b.memory.store(0x80'0000, 2);
    b.command(0x0000'0008'0000'002A, kDataIpa);  // another VMID
    b.sync();
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 1);
    b.command(0x0000'0009'0000'002A, kDataIpa | 1);  // Leaf
    b.sync();
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 2);
    b.command(0x0000'0009'0000'0010);  // CMD_TLBI_NH_ALL
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 2);
    b.memory.store(kS2L2 + 8, kDataPa | kBlock);
    b.command(0x0000'0009'0000'0028);  // CMD_TLBI_S12_VMALL
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 1);
    CHECK(b.dma(kDataIpa, false, 0, 8, 0, false).data == 1);
  });
}

TEST_CASE("CMD_TLBI_S2_IPA by range takes the pages of its range and neither combined nor stage 1 entries") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kS2L2 + 8, 0x52'0003);  // 4 KB pages of stage 2
    for (u64 i = 0; i < 8; ++i) b.memory.store(0x52'0000 + 8 * i, (kDataPa + (i << 12)) | 0x7FF);
    b.map(2, kDataIpa + 0x2000);
    // Stream 4: stage 1 alone with the same tables and VMID, ASID 0x43.
    constexpr u64 kSte4 = Bench::kStrtab + 64 * 4, kCds4 = 0x7'0000, kCd = 64 * Bench::kPasid;
    b.memory.store(kSte4, 0x2800'0000'0000'000B | kCds4);
    b.memory.store(kSte4 + 8, 0x1);
    b.memory.store(kSte4 + 16, 0x9);
    b.memory.store(kCds4 + kCd, b.memory.load(Bench::kCds + kCd) ^ u64{1} << 48);
    b.memory.store(kCds4 + kCd + 8, Bench::kPgd);
    b.memory.store(kCds4 + kCd + 24, 0xFF);
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
      ext.stream_id = 4;
      ext.has_pasid = true;
      ext.pasid = Bench::kPasid;
      CHECK(b.send(ext, Bench::kVa + 0x2000, false, 0, 8, 0).ok);
      return b.counter("smmu.walks") - before;
    };
    CHECK(others() == 3);
    for (u64 page = 0; page < 8; ++page) CHECK(walks(page) == 1);
    // TG 4 KB, NUM 3, SCALE 0: pages 2 to 5.
    b.command(0x0000'0008'0000'302A, (kDataIpa + 0x2000) | 0x400);  // of another VMID
    b.sync();
    for (u64 page = 0; page < 8; ++page) CHECK(walks(page) == 0);
    b.command(0x0000'0009'0000'302A, (kDataIpa + 0x2000) | 0x400);
    b.sync();
    for (u64 page = 0; page < 8; ++page) CHECK(walks(page) == (page >= 2 && page <= 5 ? 1 : 0));
    CHECK(others() == 0);  // 4.4.3.1: combined entries need CMD_TLBI_NH_*
    CHECK(b.events() == 0);
  });
}

TEST_CASE("S2S stalls what stage 2 faults on a CD's fetch too and a retry looks again") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true, kS2S);
    b.memory.store(kS2L2, 0);  // the CD's block
    bool done = false;
    Bench::spawn([&] {
      CHECK(b.dma(Bench::kVa, true, 0xCAFE).ok);
      done = true;
    });
    b.until([&] { return b.events() == 1; });
    check_event(b, 0, 0x10, 0b00, 0x6'0000);
    const u64 stall = b.event_word(0, 1);
    CHECK((stall >> 31 & 1) == 1);
    CHECK_FALSE(done);
    b.memory.store(kS2L2, kBlock);
    b.command(0x0000'0003'0000'1044, stall & 0xFFFF);  // CMD_RESUME, retry
    b.until([&] { return done; });
    CHECK(b.memory.load(kDataPa) == 0xCAFE);
  });
}

TEST_CASE("HTTU: a write after a read dirties the page though the TLB has it and the next one hits") {
  Bench b(both_stages(2));
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 cd = Bench::kCds + 64 * Bench::kPasid, leaf = Bench::kPte + 8 * 0x167;
    b.memory.store(cd, b.memory.load(cd) | u64{3} << 42);                             // HA, HD
    b.memory.store(leaf, (b.memory.load(leaf) | 0x80 | u64{1} << 51) & ~u64{0x400});  // clean, not accessed
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK((b.memory.load(leaf) & 0x480) == 0x480);
    CHECK(b.dma(Bench::kVa, true, 5).ok);
    CHECK((b.memory.load(leaf) & 0x480) == 0x400);
    const u64 walks = b.counter("smmu.walks");
    CHECK(b.dma(Bench::kVa, true, 6).ok);
    CHECK(b.dma(Bench::kVa, false).data == 6);
    CHECK(b.counter("smmu.walks") == walks);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("HTTU: a translation request that may write dirties one with NW does not") {
  Bench b(both_stages(2));
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 cd = Bench::kCds + 64 * Bench::kPasid, leaf = Bench::kPte + 8 * 0x167;
    b.memory.store(cd, b.memory.load(cd) | u64{3} << 42);
    b.memory.store(leaf, b.memory.load(leaf) | 0x80 | u64{1} << 51);
    DmaResult r = b.translation_request(Bench::kVa, true);
    CHECK(r.translation.read);
    CHECK_FALSE(r.translation.write);
    CHECK((b.memory.load(leaf) & 0x80) != 0);
    r = b.translation_request(Bench::kVa);
    CHECK(r.translation.write);
    CHECK((b.memory.load(leaf) & 0x80) == 0);
  });
}

TEST_CASE("entries of EL2 are apart from those of EL1 and go with commands of EL2") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 ste = Bench::kStrtab + 64 * Bench::kSid + 8;
    b.memory.store(ste, b.memory.load(ste) | u64{1} << 31);  // STRW 0b10
    CHECK(b.dma(Bench::kVa, true, 1).ok);
    b.map(0, Bench::kPage + 0x1000);
    b.command(0x0000'0000'0000'0010);  // CMD_TLBI_NH_ALL
    b.command(0x0042'0000'0000'0011);  // CMD_TLBI_NH_ASID
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 1);
    b.command(0x0000'0000'0000'0020);  // CMD_TLBI_EL2_ALL
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 0);
  });
}

}  // namespace smmu_vp::test
