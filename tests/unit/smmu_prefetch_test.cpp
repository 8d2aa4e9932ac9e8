// CMD_PREFETCH_ADDR (4.2.2): which TLB is filled with what, and that it does no more than a speculative read.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

// CMD_PREFETCH_ADDR(kSid, kPasid) of 2^size addresses, 2^(12 + stride) apart.
void prefetch(Bench& b, u64 address, u64 size = 0, u64 stride = 0) {
  b.command(cmd::prefetch_addr(Bench::kSid, Bench::kPasid, address, size, stride));
  Bench::until([&] { return b.smmu.idle(); });
}

// Whether an access is translated without a walk.
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

TEST_CASE("CMD_PREFETCH_ADDR caches a translation for each address of its span") {
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

TEST_CASE("CMD_PREFETCH_ADDR uses its stride") {
  Bench b;
  b.run([&] {
    bind_pages(b, 4);
    prefetch(b, Bench::kVa, 1, 1);
    CHECK(cached(b, 0));
    CHECK_FALSE(cached(b, 1));
    CHECK(cached(b, 2));
  });
}

TEST_CASE("CMD_PREFETCH_ADDR fills the TLB of its stream's TBU") {
  Bench b;
  b.smmu.route_streams([](u32 sid) { return sid == 3 ? std::optional<unsigned>(1) : std::nullopt; });
  b.run([&] {
    bind_pages(b, 1);
    prefetch(b, Bench::kVa);
    CHECK(cached(b, 0, 1));
    CHECK_FALSE(cached(b, 0, 0));
    b.command(cmd::prefetch_addr(4, Bench::kPasid, Bench::kVa));  // a stream without a device
    CHECK(b.smmu.idle());
  });
}

TEST_CASE("CMD_PREFETCH_ADDR skips addresses that fault, without a record") {
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
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid, false));
    b.command(cmd::tlbi_nh_asid(Bench::kAsid));
    prefetch(b, Bench::kVa, 2);
    b.memory.store(Bench::cd_at(), 0);
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid, false));
    prefetch(b, Bench::kVa, 2);
    b.sync();
    CHECK(b.events() == 0);
    CHECK(b.read32(reg::GERROR) == 0);
  });
}

TEST_CASE("CMD_PREFETCH_ADDR stops before it would evict its own translations") {
  core::SmmuConfig config;
  config.tlb = {.sets = 4, .ways = 2, .block_entries = 2, .mshrs = 2};
  Bench b(config);
  b.run([&] {
    bind_pages(b, 64);
    prefetch(b, Bench::kVa, 31);
    CHECK(b.counter("smmu.walks") == 8);
  });
}

TEST_CASE("CMD_PREFETCH_ADDR marks pages accessed as a read does and dirties none") {
  core::SmmuConfig config;
  config.features.httu = 2;
  Bench b(config);
  b.run([&] {
    bind_pages(b, 1);
    const u64 cd = Bench::cd_at();
    b.memory.store(cd, b.memory.load(cd) | cd::HA | cd::HD);
    const u64 pte = Bench::kPte + 8 * 0x167;
    // Writable-clean, AF clear; the next page belongs to the kernel.
    b.memory.store(pte, (b.memory.load(pte) & ~pte::kAf) | pte::kReadOnly | pte::kDbm);
    b.memory.store(pte + 8, b.memory.load(pte) & ~pte::kUser);
    const u64 clean = b.memory.load(pte), kernel = b.memory.load(pte + 8);
    prefetch(b, Bench::kVa, 1);
    CHECK(b.memory.load(pte) == (clean | pte::kAf));
    CHECK(b.memory.load(pte + 8) == kernel);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("an invalidation that overtakes a prefetch drops its result, and CMD_SYNC waits") {
  Bench b;
  Gate gate(b, Bench::kPte + 8 * 0x167);
  b.run([&] {
    bind_pages(b, 2);
    b.command(cmd::prefetch_addr(Bench::kSid, Bench::kPasid, Bench::kVa,
                                 1));  // continues while the first of two walks is held
    Bench::until([&] { return gate.reached; });
    b.submit(cmd::tlbi_nh_va(Bench::kAsid, Bench::kVa));
    b.submit(cmd::sync());
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
    b.command(cmd::prefetch_addr(Bench::kSid, Bench::kPasid, Bench::kVa, 2));
    Bench::until([&] { return gate.reached; });
    b.write32(reg::CR0, cr0::all_but(cr0::SMMUEN));
    Bench::delay(100);
    CHECK(b.read32(reg::CR0ACK) == cr0::kAll);
    gate.let_go();
    Bench::until([&] { return b.read32(reg::CR0ACK) == cr0::all_but(cr0::SMMUEN); });
    CHECK(b.counter("smmu.walks") == 1);
    b.command(cmd::prefetch_addr(Bench::kSid, Bench::kPasid, Bench::kVa));  // consumed without effect
    CHECK(b.smmu.idle());
    CHECK(b.counter("smmu.walks") == 1);
  });
}

}  // namespace smmu_vp::test
