// What the completion of CMD_SYNC and of an update of SMMUEN waits for beside transactions: invalidations of
// ATCs and what devices sent ahead of their answers (4.5.1, 4.7.3), and prefetches (6.3.9.6).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kSync = 0x46, kSyncMsi = 0x0000'0055'0000'1046;  // SIG_IRQ, MSIData 0x55

void invalidate_atc(Bench& b) {
  b.submit(0x0000'0003'0000'5840, Bench::kVa);  // CMD_ATC_INV(3, 5)
}

}  // namespace

TEST_CASE("CMD_SYNC waits for a translated write that came ahead of the invalidation's completion") {
  Bench b;
  Gate gate(b, Bench::kPage);
  b.run([&] {
    b.enable();
    b.bind_process();
    invalidate_atc(b);
    b.submit(kSync);
    Bench::until([&] { return b.received.size() == 1; });
    Bench::delay(10);  // the CMD_SYNC has begun
    bool done = false;
    Bench::spawn([&] {
      CHECK(b.translated(Bench::kPage, true, 0xA7C).ok);
      done = true;
    });
    Bench::until([&] { return gate.reached; });
    b.complete_invalidation(b.received.front());
    Bench::delay(100);
    CHECK_FALSE(b.consumed());  // 4.5.1: not yet visible
    gate.let_go();
    Bench::until([&] { return b.consumed(); });
    CHECK(done);
    CHECK(b.memory.load(Bench::kPage) == 0xA7C);
  });
}

TEST_CASE("CMD_SYNC does not wait for a translated write that comes after the invalidation's completion") {
  Bench b;
  Gate gate(b, Bench::kPage);
  b.run([&] {
    b.enable();
    b.bind_process();
    invalidate_atc(b);
    b.submit(kSync);
    Bench::until([&] { return b.received.size() == 1; });
    Bench::delay(10);
    Bench::spawn([&] {
      Bench::until([&] { return b.consumed(); });
      CHECK(gate.reached);
      gate.let_go();
    });
    b.complete_invalidation(b.received.front());
    CHECK(b.translated(Bench::kPage, true, 1).ok);  // before the CMD_SYNC takes notice
  });
}

TEST_CASE("CMD_ATC_INV to a function that is not there completes without error and at once") {
  Bench b;
  b.message_response = tlm::TLM_ADDRESS_ERROR_RESPONSE;  // Unsupported Request (3.9.1.5)
  b.run([&] {
    b.enable();
    for (int i = 0; i < 40; ++i) {  // more than there are tags
      invalidate_atc(b);
      b.sync();
    }
    CHECK(b.received.size() == 40);
    CHECK(sc_core::sc_time_stamp() < sc_core::sc_time(1, sc_core::SC_MS));  // the time-out is 50 ms
    CHECK(b.counter("smmu.atc_inv.timeouts") == 0);
    CHECK(b.read32(0x60) == 0);
    CHECK((b.read32(0x9C) >> 24) == 0);
  });
}

TEST_CASE("a CMD_SYNC that fails for a timed-out ATC invalidation signals nothing until it completes") {
  core::SmmuConfig config;
  config.timing.atc_inv_timeout_ps = 1'000'000;  // 1 us
  Bench b(config);
  Pulses pulses(b.smmu.irq_cmd_sync());
  b.run([&] {
    b.enable();
    b.memory.store(0x7000, 0);
    invalidate_atc(b);
    b.submit(kSyncMsi, 0x7000);
    Bench::until([&] { return (b.read32(0x60) & 1) != 0; });
    Bench::delay(100);
    CHECK((b.read32(0x9C) >> 24) == 3);  // CERROR_ATC_INV_SYNC
    CHECK((b.read32(0x9C) & 0xF) == 1);
    CHECK(b.memory.load32(0x7000) == 0);  // 4.7.3
    CHECK(pulses.count == 0);
    b.write32(0x64, 1);
    Bench::until([&] { return b.consumed(); });
    Bench::delay(10);
    CHECK(b.memory.load32(0x7000) == 0x55);
    CHECK(pulses.count == 1);
  });
}

TEST_CASE("clearing SMMUEN is acknowledged when a CMD_PREFETCH_CONFIG under way has made its last fetch") {
  Bench b;
  Gate gate(b, Bench::kStrtab + 64 * Bench::kSid);
  bool acknowledged = false;
  u64 fetched_after = 0;
  b.facts.on<trace::ConfigRead>([&](const trace::ConfigRead&, u64) { fetched_after += acknowledged; });
  b.run([&] {
    b.enable();
    b.bind_process();
    b.submit(0x0000'0003'0000'5801);
    Bench::until([&] { return gate.reached; });
    b.write32(0x20, 0x1E);
    Bench::delay(100);
    CHECK((b.read32(0x24) & 1) == 1);  // 6.3.9.6: the STE is being read, and the CD comes after it
    gate.let_go();
    Bench::until([&] { return b.read32(0x24) == 0x1E; });
    acknowledged = true;
    Bench::delay(100);
    CHECK(fetched_after == 0);
    CHECK(b.consumed());
    CHECK(b.counter("smmu.config.misses") == 1);
  });
}

}  // namespace smmu_vp::test
