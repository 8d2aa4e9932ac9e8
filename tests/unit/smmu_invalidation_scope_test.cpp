// The scope of invalidations: groups of VMIDs, overlapping entries, large leaves, intermediate tables.
#include "tests/unit/smmu_broadcast.h"
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kSte = Bench::ste_at(), kCd = Bench::cd_at();
constexpr u64 kBlock1 = pte::kUserData | pte::kBlock;  // stage 1 block: user, read-write, nG, AF

bool walks(Bench& b, u64 va = Bench::kVa) {
  const u64 before = b.counter("smmu.tlb.misses");
  CHECK(b.dma(va, false).ok);
  return b.counter("smmu.tlb.misses") != before;
}

}  // namespace

TEST_CASE("CR0.VMW of 2 makes invalidations, but no lookup, match the four VMIDs of a group") {
  core::SmmuConfig config = both_stages();
  config.features.btm = true;
  Bench b(config);
  Pe pe(b);
  b.run([&] {
    b.enable(cr0::kAll | cr0::vmw(2));
    b.bind_process();
    b.memory.store(kSte + 16, ste::s2_vmid(0x21));
    CHECK(walks(b));
    for (const u16 other : std::initializer_list<u16>{0x1F, 0x24, 0x27, 0x121}) {
      CAPTURE(other);
      b.command(cmd::tlbi_nh_va(Bench::kAsid, Bench::kVa, {}, other));
      b.command(cmd::tlbi_s12_vmall(other));
      b.sync();
      CHECK_FALSE(walks(b));
    }
    for (const u16 member : std::initializer_list<u16>{0x20, 0x21, 0x22, 0x23}) {
      CAPTURE(member);
      for (const cmd::Command& invalidation :
           {cmd::tlbi_nh_all(member), cmd::tlbi_nh_asid(Bench::kAsid, member),
            cmd::tlbi_nh_va(Bench::kAsid, Bench::kVa, {}, member), cmd::tlbi_nh_vaa(Bench::kVa, {}, member),
            cmd::tlbi_s12_vmall(member)}) {
        CAPTURE(invalidation[0]);
        b.command(invalidation);
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
    b.memory.store(kSte + 16, ste::s2_vmid(0x22));  // no hits on the first VMID's entries
    b.command(cmd::cfgi_ste(Bench::kSid));
    b.sync();
    CHECK(walks(b));
  });
}

TEST_CASE("after a table was replaced by a block one invalidation by VA removes the page and the block") {
  core::SmmuConfig config;
  config.walk_cache_entries = 0;  // so that the block is found while the page is cached
  Bench b(config);
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(idr::bbml(b.read32(reg::IDR3)) == 2);
    constexpr u64 kOffset = 0x16'7000, kFirst = 0x40'0000, kSecond = 0x60'0000;  // of kVa in its 2 MB
    constexpr u64 kPmdEntry = Bench::kPmd + 8 * 0x1A2;
    b.memory.store(Bench::kPage, 1);
    for (u64 page = 0; page < 2; ++page) {
      b.memory.store(kFirst + kOffset + 0x1000 * page, 2);
      b.memory.store(kSecond + kOffset + 0x1000 * page, 3);
    }
    CHECK(b.dma(Bench::kVa, false).data == 1);  // the page is cached
    b.memory.store(kPmdEntry, kFirst | kBlock1);
    CHECK(b.dma(Bench::kVa + 0x1000, false).data == 2);  // now the block that contains it too
    const u64 either = b.dma(Bench::kVa, false).data;
    CHECK((either == 1 || either == 2));  // 3.21.1.3: one of the two
    b.memory.store(kPmdEntry, kSecond | kBlock1);
    b.command(cmd::tlbi_nh_va(Bench::kAsid, Bench::kVa, {.leaf = true}));
    b.sync();
    CHECK(b.dma(Bench::kVa, false).data == 3);
    CHECK(b.dma(Bench::kVa + 0x1000, false).data == 3);
    CHECK(b.events() == 0);  // F_TLB_CONFLICT among them
  });
}

TEST_CASE("an invalidation by VA anywhere in a block drops its part within the output size") {
  core::SmmuConfig config;
  config.features.oas_bits = 52;
  Bench b(config);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(kCd, (Bench::kCd0 & ~cd::ips(0b111)) | cd::R | cd::tg0(0b01));  // 64 KB, IPS 32 bits
    b.memory.store(Bench::kPgd, kBlock1);                                          // 4 TB onto itself
    constexpr u64 kBeyond = u64{1} << 32, kElsewhere = u64{1} << 41, kOutside = u64{1} << 42;
    const auto faults = [&] {
      const u32 events = b.events();
      CHECK_FALSE(b.dma(kBeyond, false).ok);  // 5.4 IPS
      CHECK(b.event(events).type() == event::F_ADDR_SIZE);
    };
    faults();
    CHECK(walks(b, Bench::kPage));
    CHECK_FALSE(walks(b, Bench::kPage + 0x10'0000));
    faults();
    b.command(cmd::tlbi_nh_va(Bench::kAsid, kOutside, {.leaf = true}));
    b.sync();
    CHECK_FALSE(walks(b, Bench::kPage));
    b.command(
        cmd::tlbi_nh_va(Bench::kAsid, kElsewhere, {.leaf = true}));  // 4.4: the entry is of the whole leaf
    b.sync();
    CHECK(walks(b, Bench::kPage));
    faults();
  });
}

TEST_CASE("CMD_CFGI_CD without Leaf invalidates every SubstreamID under a first-level descriptor") {
  Bench b;
  b.run([&] {
    constexpr u64 kL1cds = 0x8'0000;
    b.enable();
    b.bind_process();
    b.memory.store(
        kSte, kL1cds | ste::s1_cd_max(8) | ste::s1_fmt(0b01) | ste::kStage1 | ste::V);  // 64 CDs a leaf table
    for (const u64 ssid : {6, 40}) {
      for (u64 word = 0; word < 8; ++word)
        b.memory.store(Bench::kCds + 64 * ssid + 8 * word, b.memory.load(kCd + 8 * word));
    }
    b.memory.store(kL1cds, Bench::kCds);  // V is 0
    const auto ok = [&](u32 ssid) {
      DmaExtension ext;
      ext.who = {Bench::kSid, ssid};
      return b.send(ext, Bench::kVa, false, 0, 8, 0).ok;
    };
    for (const u32 ssid : {5u, 6u, 40u, 64u}) CHECK_FALSE(ok(ssid));
    for (u32 i = 0; i < 4; ++i) CHECK(b.event(i).type() == event::C_BAD_SUBSTREAMID);
    b.memory.store(kL1cds, Bench::kCds | 1);
    b.command(cmd::cfgi_cd(Bench::kSid, 6, false));  // Leaf 0 (4.3.3)
    b.sync();
    for (const u32 ssid : {5u, 6u, 40u}) {
      CAPTURE(ssid);
      CHECK(ok(ssid));
    }
    CHECK_FALSE(ok(64));
  });
}

}  // namespace smmu_vp::test
