// How far an invalidation reaches: groups of VMIDs, overlapping entries, large leaves, intermediate tables.
#include "tests/unit/smmu_broadcast.h"
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid, kCd = Bench::kCds + 64 * Bench::kPasid;
constexpr u64 kBlock1 = 0x0060'0000'0000'0F41;  // stage 1 block: user, read-write, nG, AF

bool walks(Bench& b, u64 va = Bench::kVa) {
  const u64 before = b.counter("smmu.tlb.misses");
  CHECK(b.dma(va, false).ok);
  return b.counter("smmu.tlb.misses") != before;
}

}  // namespace

TEST_CASE("CR0.VMW of 2 makes an invalidation reach the four VMIDs of its group and no lookup") {
  core::SmmuConfig config = both_stages();
  config.features.btm = true;
  Bench b(config);
  Pe pe(b);
  b.run([&] {
    b.enable(0x9F);  // VMW 2
    b.bind_process();
    b.memory.store(kSte + 16, 0x21);  // S2VMID
    CHECK(walks(b));
    for (const u64 other : {0x1F, 0x24, 0x27, 0x121}) {
      CAPTURE(other);
      b.command(0x0042'0000'0000'0012 | other << 32, Bench::kVa);  // CMD_TLBI_NH_VA
      b.command(0x0000'0000'0000'0028 | other << 32);              // CMD_TLBI_S12_VMALL
      b.sync();
      CHECK_FALSE(walks(b));
    }
    for (const u64 member : {0x20, 0x21, 0x22, 0x23}) {
      CAPTURE(member);
      for (const u64 opcode : {0x10, 0x11, 0x12, 0x13, 0x28}) {
        CAPTURE(opcode);
        b.command(0x0042'0000'0000'0000 | opcode | member << 32,
                  opcode == 0x12 || opcode == 0x13 ? Bench::kVa : 0);
        b.sync();
        CHECK(walks(b));
      }
      pe.tlbi({.op = BroadcastOp::kVaE1,  // 3.17.6: broadcasts too
               .vmid = static_cast<u16>(member),
               .asid = 0x42,
               .address = Bench::kVa});
      CHECK(walks(b));
    }
    pe.tlbi({.op = BroadcastOp::kVaE1, .vmid = 0x27, .asid = 0x42, .address = Bench::kVa});
    CHECK_FALSE(walks(b));
    b.memory.store(kSte + 16, 0x22);  // another of the group finds nothing of the first
    b.command(0x0000'0003'0000'0003, 1);
    b.sync();
    CHECK(walks(b));
  });
}

TEST_CASE("after a table became a block one invalidation by VA removes the page and the block") {
  core::SmmuConfig config;
  config.walk_cache_entries = 0;  // so that the block is met while the page is cached
  Bench b(config);
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK((b.read32(0xC) >> 11 & 3) == 2);                                       // IDR3.BBML
    constexpr u64 kOffset = 0x16'7000, kFirst = 0x40'0000, kSecond = 0x60'0000;  // of kVa in its 2 MB
    constexpr u64 kPmdEntry = Bench::kPmd + 8 * 0x1A2;
    b.memory.store(Bench::kPage, 1);
    for (u64 page = 0; page < 2; ++page) {
      b.memory.store(kFirst + kOffset + 0x1000 * page, 2);
      b.memory.store(kSecond + kOffset + 0x1000 * page, 3);
    }
    CHECK(b.dma(Bench::kVa, false).data == 1);  // the page is cached
    b.memory.store(kPmdEntry, kFirst | kBlock1);
    CHECK(b.dma(Bench::kVa + 0x1000, false).data == 2);  // and now the block over it
    const u64 either = b.dma(Bench::kVa, false).data;
    CHECK((either == 1 || either == 2));  // 3.21.1.3: one of the two
    b.memory.store(kPmdEntry, kSecond | kBlock1);
    b.command(0x0042'0000'0000'0012, Bench::kVa | 1);  // CMD_TLBI_NH_VA, Leaf
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 3);
    CHECK(b.dma(Bench::kVa + 0x1000, false).data == 3);
    CHECK(b.events() == 0);  // F_TLB_CONFLICT among them
  });
}

TEST_CASE("an invalidation by VA anywhere in a block drops what of it is within the output size") {
  core::SmmuConfig config;
  config.features.oas_bits = 52;
  Bench b(config);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(kCd, 0x0042'E200'C000'3550);  // 64 KB, T0SZ 16, IPS 32 bits
    b.memory.store(Bench::kPgd, kBlock1);        // 4 TB onto itself
    constexpr u64 kBeyond = u64{1} << 32, kElsewhere = u64{1} << 41, kOutside = u64{1} << 42;
    const auto faults = [&] {
      const u32 events = b.events();
      CHECK_FALSE(b.dma(kBeyond, false).ok);  // 5.4 IPS
      CHECK((b.event_word(events, 0) & 0xFF) == 0x11);
    };
    faults();
    CHECK(walks(b, Bench::kPage));
    CHECK_FALSE(walks(b, Bench::kPage + 0x10'0000));
    faults();
    b.command(0x0042'0000'0000'0012, kOutside | 1);
    b.sync();
    CHECK_FALSE(walks(b, Bench::kPage));
    b.command(0x0042'0000'0000'0012, kElsewhere | 1);  // 4.4: the entry is of the whole leaf
    b.sync();
    CHECK(walks(b, Bench::kPage));
    faults();
  });
}

TEST_CASE("CMD_CFGI_CD without Leaf makes every SubstreamID under a first-level descriptor look again") {
  Bench b;
  b.run([&] {
    constexpr u64 kL1cds = 0x8'0000;
    b.enable();
    b.bind_process();
    b.memory.store(kSte, 0x4000'0000'0000'001B | kL1cds);  // S1CDMax 8, S1Fmt 0b01: 64 CDs a leaf table
    for (const u64 ssid : {6, 40}) {
      for (u64 word = 0; word < 8; ++word)
        b.memory.store(Bench::kCds + 64 * ssid + 8 * word, b.memory.load(kCd + 8 * word));
    }
    b.memory.store(kL1cds, Bench::kCds);  // V is 0
    const auto ok = [&](u32 ssid) {
      DmaExtension ext;
      ext.stream_id = Bench::kSid;
      ext.has_pasid = true;
      ext.pasid = ssid;
      return b.send(ext, Bench::kVa, false, 0, 8, 0).ok;
    };
    for (const u32 ssid : {5u, 6u, 40u, 64u}) CHECK_FALSE(ok(ssid));
    for (u32 i = 0; i < 4; ++i) CHECK((b.event_word(i, 0) & 0xFF) == 0x08);  // C_BAD_SUBSTREAMID
    b.memory.store(kL1cds, Bench::kCds | 1);
    b.command(0x0000'0003'0000'6005, 0);  // CMD_CFGI_CD(3, 6), Leaf 0 (4.3.3)
    b.sync();
    for (const u32 ssid : {5u, 6u, 40u}) {
      CAPTURE(ssid);
      CHECK(ok(ssid));
    }
    CHECK_FALSE(ok(64));
  });
}

}  // namespace smmu_vp::test
