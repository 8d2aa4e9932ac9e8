// CMD_PREFETCH_ADDR (4.2.2): what comes into which TLB, and that it never does more than a speculative read.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

// CMD_PREFETCH_ADDR(kSid, kPasid) of 2^size addresses, 2^(12 + stride) apart.
void prefetch(Bench& b, u64 address, u64 size = 0, u64 stride = 0) {
  b.command(0x0000'0003'0000'5802, address | stride << 5 | size);
  Bench::until([&] { return b.smmu.idle(); });
}

// Whether an access translates without a walk.
bool cached(Bench& b, unsigned page, u32 tbu = 0) {
  const u64 misses = b.counter("smmu.tlb.misses");
  CHECK(b.dma(Bench::kVa + 0x1000 * page, false, 0, 8, tbu).ok);
  return b.counter("smmu.tlb.misses") == misses;
}

void bind_pages(Bench& b, unsigned pages) {
  b.enable();
  b.bind_process();
  for (unsigned i = 0; i < pages; ++i) b.map(i, Bench::kPage + 0x1000 * i);
}

}  // namespace

TEST_CASE("CMD_PREFETCH_ADDR brings in a translation for each address of its span") {
  Bench b;
  b.run([&] {
    bind_pages(b, 6);
    prefetch(b, Bench::kVa + 0x1000, 2);
    CHECK(b.counter("smmu.walks") == 4);
    for (unsigned page = 1; page < 5; ++page) CHECK(cached(b, page));
    CHECK_FALSE(cached(b, 0));
    CHECK_FALSE(cached(b, 5));
  });
}

TEST_CASE("CMD_PREFETCH_ADDR goes by its stride") {
  Bench b;
  b.run([&] {
    bind_pages(b, 4);
    prefetch(b, Bench::kVa, 1, 1);
    CHECK(cached(b, 0));
    CHECK_FALSE(cached(b, 1));
    CHECK(cached(b, 2));
  });
}

TEST_CASE("CMD_PREFETCH_ADDR fills the TLB of the TBU its stream comes in by") {
  Bench b;
  b.smmu.route_streams([](u32 sid) { return sid == 3 ? std::optional<unsigned>(1) : std::nullopt; });
  b.run([&] {
    bind_pages(b, 1);
    prefetch(b, Bench::kVa);
    CHECK(cached(b, 0, 1));
    CHECK_FALSE(cached(b, 0, 0));
    b.command(0x0000'0004'0000'5802, Bench::kVa);  // of no device
    CHECK(b.smmu.idle());
  });
}

TEST_CASE("what CMD_PREFETCH_ADDR cannot translate it passes over without a record") {
  Bench b;
  b.run([&] {
    bind_pages(b, 1);
    b.map(2, u64{1} << 50);  // an address size fault; page 1 is not mapped
    b.map(3, Bench::kPage + 0x3000);
    prefetch(b, Bench::kVa, 2);
    CHECK(cached(b, 0));
    CHECK(cached(b, 3));
    prefetch(b, 0xFFF0'0000'0000'0000, 31, 31);  // in neither table's range, up to the top
    b.write_cd(true, false, true);               // EPD0
    b.command(0x0000'0003'0000'5005);
    b.command(0x0042'0000'0000'0011);
    prefetch(b, Bench::kVa, 2);
    b.memory.store(Bench::kCds + 64 * Bench::kPasid, 0);
    b.command(0x0000'0003'0000'5005);
    prefetch(b, Bench::kVa, 2);
    b.sync();
    CHECK(b.events() == 0);
    CHECK(b.read32(0x60) == 0);
  });
}

TEST_CASE("CMD_PREFETCH_ADDR stops when it would push out what it brought in") {
  core::SmmuConfig config;
  config.tlb = {.sets = 4, .ways = 2, .block_entries = 2, .mshrs = 2};
  Bench b(config);
  b.run([&] {
    bind_pages(b, 64);
    prefetch(b, Bench::kVa, 31);
    CHECK(b.counter("smmu.walks") == 8);
  });
}

TEST_CASE("CMD_PREFETCH_ADDR marks pages as a read does and dirties none") {
  core::SmmuConfig config;
  config.features.httu = 2;
  Bench b(config);
  b.run([&] {
    bind_pages(b, 1);
    const u64 cd = Bench::kCds + 64 * Bench::kPasid;
    b.memory.store(cd, b.memory.load(cd) | u64{3} << 42);  // HA, HD
    const u64 pte = Bench::kPte + 8 * 0x167;
    // Writable-clean, AF clear; and behind it a page of the kernel's own.
    b.memory.store(pte, (b.memory.load(pte) & ~u64{0x400}) | 0x80 | u64{1} << 51);
    b.memory.store(pte + 8, (b.memory.load(pte) & ~u64{0x40}));
    const u64 clean = b.memory.load(pte), kernel = b.memory.load(pte + 8);
    prefetch(b, Bench::kVa, 1);
    CHECK(b.memory.load(pte) == (clean | 0x400));
    CHECK(b.memory.load(pte + 8) == kernel);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("an invalidation that overtakes a prefetch leaves nothing of it and CMD_SYNC waits") {
  Bench b;
  Gate gate(b, Bench::kPte + 8 * 0x167);
  b.run([&] {
    bind_pages(b, 2);
    b.command(0x0000'0003'0000'5802, Bench::kVa | 1);  // goes on while the first of two walks is held
    Bench::until([&] { return gate.reached; });
    b.submit(0x0042'0000'0000'0012, Bench::kVa);  // CMD_TLBI_NH_VA
    b.submit(0x46);
    Bench::delay(100);
    CHECK_FALSE(b.consumed());
    gate.let_go();
    Bench::until([&] { return b.consumed() && b.smmu.idle(); });
    CHECK_FALSE(cached(b, 0));
    CHECK(cached(b, 1));
  });
}

TEST_CASE("clearing SMMUEN ends a prefetch and is acknowledged once its walk has ended") {
  Bench b;
  Gate gate(b, Bench::kPte + 8 * 0x167);
  b.run([&] {
    bind_pages(b, 4);
    b.command(0x0000'0003'0000'5802, Bench::kVa | 2);
    Bench::until([&] { return gate.reached; });
    b.write32(0x20, 0x1E);
    Bench::delay(100);
    CHECK(b.read32(0x24) == 0x1F);
    gate.let_go();
    Bench::until([&] { return b.read32(0x24) == 0x1E; });
    CHECK(b.counter("smmu.walks") == 1);
    b.command(0x0000'0003'0000'5802, Bench::kVa);  // consumed, to no effect
    CHECK(b.smmu.idle());
    CHECK(b.counter("smmu.walks") == 1);
  });
}

}  // namespace smmu_vp::test
