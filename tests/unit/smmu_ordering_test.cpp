// The ordering rules of docs/ordering.md: invalidations and operations in flight.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr cmd::Command kTlbiVa = cmd::tlbi_nh_va(Bench::kAsid, Bench::kVa);

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
    b.submit(kTlbiVa);
    b.submit(cmd::sync());
    Bench::delay(100);
    CHECK_FALSE(b.consumed());  // the CMD_SYNC
    CHECK_FALSE(done);
    gate.let_go();
    Bench::until([&] { return b.consumed(); });
    CHECK(done);
    CHECK(read == 0x01D);  // the walk's own transaction may use its result
    b.dma(Bench::kVa, false);
    CHECK(b.counter("smmu.tlb.hits") == 0);
    CHECK(b.counter("smmu.tlb.misses") == 2);
  });
}

TEST_CASE("CMD_SYNC waits for the memory access of a transaction that was already translated") {
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
    b.submit(kTlbiVa);
    b.submit(cmd::sync());
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
    b.submit(cmd::sync());
    CHECK_FALSE(b.consumed());
    Bench::until([&] { return b.consumed(); });
  });
}

TEST_CASE("a fetch of configuration that an invalidation overtakes does not fill the configuration cache") {
  Bench b;
  Gate gate(b, Bench::cd_at());
  b.run([&] {
    b.enable();
    b.bind_process();
    Bench::spawn([&] { b.dma(Bench::kVa, false); });
    Bench::until([&] { return gate.reached; });
    b.submit(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
    Bench::delay(10);
    gate.let_go();
    b.sync();
    b.memory.store(Bench::cd_at(), 0);
    CHECK_FALSE(b.dma(Bench::kVa, false).ok);  // not what was fetched before
  });
}

TEST_CASE("a stale CD is used until its CMD_CFGI_CD") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kVa, false).ok);
    b.memory.store(Bench::cd_at(), 0);
    CHECK(b.dma(Bench::kVa, false).ok);
    b.command(cmd::cfgi_cd(Bench::kSid, 6));  // another SubstreamID
    CHECK(b.dma(Bench::kVa, false).ok);
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
    CHECK_FALSE(b.dma(Bench::kVa, false).ok);
  });
}

TEST_CASE("CMD_SYNC waits for the completion of CMD_ATC_INV") {
  Bench b;
  b.run([&] {
    b.enable();
    b.submit(cmd::atc_inv(Bench::kSid, Bench::kPasid, Bench::kVa, 2));
    b.submit(cmd::sync());
    Bench::delay(100);
    CHECK_FALSE(b.consumed());
    REQUIRE(b.received.size() == 1);
    const MessageExtension request = b.received.front();
    CHECK(request.kind == MessageKind::kInvalidateRequest);
    CHECK(request.who.sid == 3);
    CHECK(request.who.pasid == 5);
    CHECK(request.address == 0x7F12'3456'4000);  // aligned to its size
    CHECK(request.log2_size == 14);
    b.complete_invalidation(request);
    Bench::until([&] { return b.consumed(); });
    CHECK(b.read32(reg::GERROR) == b.read32(reg::GERRORN));
  });
}

TEST_CASE("33 ATC invalidations use 32 tags at once, and all complete") {
  Bench b;
  b.run([&] {
    b.enable();
    for (unsigned i = 0; i < 33; ++i) {
      Bench::until([&] { return ((b.read32(reg::CMDQ_PROD) - b.read32(reg::CMDQ_CONS)) & 0xF) < 8; });
      b.submit(cmd::atc_inv_all(Bench::kSid, Bench::kPasid));
    }
    Bench::delay(100);
    CHECK(b.received.size() == 32);
    for (unsigned i = 0; i < 32; ++i) b.complete_invalidation(b.received[31 - i]);
    Bench::until([&] { return b.received.size() == 33; });
    b.complete_invalidation(b.received[32]);
    b.sync();
  });
}

TEST_CASE("an ATC invalidation that never completes makes CMD_SYNC raise CERROR_ATC_INV_SYNC") {
  core::SmmuConfig config;
  config.timing.atc_inv_timeout_ps = 1'000'000;  // 1 us
  Bench b(config);
  b.run([&] {
    b.enable();
    b.submit(cmd::atc_inv_all(Bench::kSid));
    b.submit(cmd::sync());
    b.until_command_error();
    CHECK(sc_core::sc_time_stamp() >= sc_core::sc_time(1, sc_core::SC_US));
    CHECK(b.command_error() == cerror::ATC_INV_SYNC);
    CHECK(b.commands_read() == 1);  // still at the CMD_SYNC
    b.write32(reg::GERRORN, gerror::CMDQ_ERR);
    Bench::until([&] { return b.consumed(); });  // retried, and nothing is outstanding
    CHECK(b.counter("smmu.atc_inv.timeouts") == 1);
  });
}

TEST_CASE("in timed mode an invalidation reaches every TBU, including idle ones") {
  Bench b({}, transport::TimingMode::kTimed);
  b.run([&] {
    b.enable();
    b.bind_process();
    b.dma(Bench::kVa, false, 0, 8, 0);
    b.dma(Bench::kVa, false, 0, 8, 1);
    CHECK(b.counter("smmu.tlb.misses") == 2);
    b.map(0, Bench::kPage + 0x3000);
    b.memory.store(Bench::kPage + 0x3000, 0x3E);
    b.command(kTlbiVa);
    b.sync();
    CHECK(b.dma(Bench::kVa, false, 0, 8, 0).data == 0x3E);
    CHECK(b.dma(Bench::kVa, false, 0, 8, 1).data == 0x3E);
  });
}

}  // namespace smmu_vp::test
