// The ordering rules of docs/ordering.md: invalidations against what is in flight.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kTlbiVa[2] = {0x0042'0000'0000'0012, Bench::kVa};  // CMD_TLBI_NH_VA(0x42, kVa)

}  // namespace

TEST_CASE("a walk that an invalidation overtakes does not fill, and CMD_SYNC waits for its transaction") {
  Bench b;
  Gate gate(b, Bench::kPte + 8 * 0x167);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(Bench::kPage, 0x01D);
    bool done = false;
    u64 read = 0;
    Bench::spawn([&] {
      read = b.dma(Bench::kVa, false).data;
      done = true;
    });
    Bench::until([&] { return gate.reached; });
    b.submit(kTlbiVa[0], kTlbiVa[1]);
    b.submit(0x46);
    Bench::delay(100);
    CHECK_FALSE(b.consumed());  // the CMD_SYNC
    CHECK_FALSE(done);
    gate.let_go();
    Bench::until([&] { return b.consumed(); });
    CHECK(done);
    CHECK(read == 0x01D);  // the walk's own transaction may use what it found
    b.dma(Bench::kVa, false);
    CHECK(b.counter("smmu.tlb.hits") == 0);
    CHECK(b.counter("smmu.tlb.misses") == 2);
  });
}

TEST_CASE("CMD_SYNC waits for the access at memory of a transaction that had been translated") {
  Bench b;
  Gate gate(b, Bench::kPage);
  b.run([&] {
    b.enable();
    b.bind_process();
    bool done = false;
    Bench::spawn([&] {
      b.dma(Bench::kVa, true, 1);
      done = true;
    });
    Bench::until([&] { return gate.reached; });
    b.submit(kTlbiVa[0], kTlbiVa[1]);
    b.submit(0x46);
    Bench::delay(100);
    CHECK_FALSE(b.consumed());
    gate.let_go();
    Bench::until([&] { return b.consumed(); });
    CHECK(done);
  });
}

TEST_CASE("CMD_SYNC does not wait for transactions that came after it") {
  Bench b;
  Gate gate(b, Bench::kPage + 0x1000);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(1, Bench::kPage + 0x1000);
    Gate* g = &gate;
    b.sync();
    Bench::spawn([&] { b.dma(Bench::kVa + 0x1000, true, 1); });
    Bench::until([&] { return g->reached; });
    Bench::spawn([&] {
      Bench::delay(10);
      g->let_go();
    });
    b.submit(0x46);
    CHECK_FALSE(b.consumed());
    Bench::until([&] { return b.consumed(); });
  });
}

TEST_CASE("a fetch of configuration that an invalidation overtakes does not fill the configuration cache") {
  Bench b;
  Gate gate(b, Bench::kCds + 64 * Bench::kPasid);
  b.run([&] {
    b.enable();
    b.bind_process();
    Bench::spawn([&] { b.dma(Bench::kVa, false); });
    Bench::until([&] { return gate.reached; });
    b.submit(0x0000'0003'0000'5005, 1);  // CMD_CFGI_CD
    Bench::delay(10);
    gate.let_go();
    b.sync();
    b.memory.store(Bench::kCds + 64 * Bench::kPasid, 0);
    CHECK_FALSE(b.dma(Bench::kVa, false).ok);  // not what was fetched before
  });
}

TEST_CASE("a stale CD is used until its CMD_CFGI_CD") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kVa, false).ok);
    b.memory.store(Bench::kCds + 64 * Bench::kPasid, 0);
    CHECK(b.dma(Bench::kVa, false).ok);
    b.command(0x0000'0003'0000'6005, 1);  // another SubstreamID
    CHECK(b.dma(Bench::kVa, false).ok);
    b.command(0x0000'0003'0000'5005, 1);
    CHECK_FALSE(b.dma(Bench::kVa, false).ok);
  });
}

TEST_CASE("CMD_SYNC waits for the completion of CMD_ATC_INV") {
  Bench b;
  b.run([&] {
    b.enable();
    b.submit(0x0000'0003'0000'5840, Bench::kVa | 2);  // CMD_ATC_INV(3, 5), 16KB
    b.submit(0x46);
    Bench::delay(100);
    CHECK_FALSE(b.consumed());
    REQUIRE(b.received.size() == 1);
    const MessageExtension request = b.received.front();
    CHECK(request.kind == MessageKind::kInvalidateRequest);
    CHECK(request.stream_id == 3);
    CHECK(request.has_pasid);
    CHECK(request.pasid == 5);
    CHECK(request.address == 0x7F12'3456'4000);  // aligned to its size
    CHECK(request.log2_size == 14);
    b.complete_invalidation(request);
    Bench::until([&] { return b.consumed(); });
    CHECK(b.read32(0x60) == b.read32(0x64));
  });
}

TEST_CASE("33 ATC invalidations use 32 tags at once, and all complete") {
  Bench b;
  b.run([&] {
    b.enable();
    for (unsigned i = 0; i < 33; ++i) {
      Bench::until([&] { return ((b.read32(0x98) - b.read32(0x9C)) & 0xF) < 8; });
      b.submit(0x0000'0003'0000'5840, 52);
    }
    Bench::delay(100);
    CHECK(b.received.size() == 32);
    for (unsigned i = 0; i < 32; ++i) b.complete_invalidation(b.received[31 - i]);
    Bench::until([&] { return b.received.size() == 33; });
    b.complete_invalidation(b.received[32]);
    b.sync();
  });
}

TEST_CASE("an ATC invalidation never completed surfaces at CMD_SYNC as CERROR_ATC_INV_SYNC") {
  core::SmmuConfig config;
  config.timing.atc_inv_timeout_ps = 1'000'000;  // 1 us
  Bench b(config);
  b.run([&] {
    b.enable();
    b.submit(0x0000'0003'0000'0040, 52);
    b.submit(0x46);
    Bench::until([&] { return (b.read32(0x60) & 1) != 0; });
    CHECK(sc_core::sc_time_stamp() >= sc_core::sc_time(1, sc_core::SC_US));
    CHECK((b.read32(0x9C) >> 24) == 3);
    CHECK((b.read32(0x9C) & 0xF) == 1);  // still at the CMD_SYNC
    b.write32(0x64, 1);
    Bench::until([&] { return b.consumed(); });  // retried, and nothing is outstanding
    CHECK(b.counter("smmu.atc_inv.timeouts") == 1);
  });
}

TEST_CASE("in timed mode an invalidation reaches every TBU, also those that did not translate lately") {
  Bench b({}, transport::TimingMode::kTimed);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.dma(Bench::kVa, false, 0, 8, 0);
    b.dma(Bench::kVa, false, 0, 8, 1);
    CHECK(b.counter("smmu.tlb.misses") == 2);
    b.map(0, Bench::kPage + 0x3000);
    b.memory.store(Bench::kPage + 0x3000, 0x3E);
    b.command(kTlbiVa[0], kTlbiVa[1]);
    b.sync();
    CHECK(b.dma(Bench::kVa, false, 0, 8, 0).data == 0x3E);
    CHECK(b.dma(Bench::kVa, false, 0, 8, 1).data == 0x3E);
  });
}

}  // namespace smmu_vp::test
