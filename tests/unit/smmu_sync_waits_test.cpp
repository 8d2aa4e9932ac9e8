// What CMD_SYNC and an Update of SMMUEN wait for besides transactions: ATC invalidations and what devices
// sent ahead of their completions (4.5.1, 4.7.3), and prefetches (6.3.9.6).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

void invalidate_atc(Bench& b) {
  b.submit(cmd::atc_inv(Bench::kSid, Bench::kPasid, Bench::kVa, 0));
}

}  // namespace

TEST_CASE("CMD_SYNC waits for a translated write that arrived before the invalidation's completion") {
  Bench b;
  Gate gate(b, Bench::kPage);
  b.run([&] {
    b.enable();
    b.bind_process();
    invalidate_atc(b);
    b.submit(cmd::sync());
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

TEST_CASE("CMD_SYNC does not wait for a translated write that arrives after the invalidation's completion") {
  Bench b;
  Gate gate(b, Bench::kPage);
  b.run([&] {
    b.enable();
    b.bind_process();
    invalidate_atc(b);
    b.submit(cmd::sync());
    Bench::until([&] { return b.received.size() == 1; });
    Bench::delay(10);
    Bench::spawn([&] {
      Bench::until([&] { return b.consumed(); });
      CHECK(gate.reached);
      gate.let_go();
    });
    b.complete_invalidation(b.received.front());
    CHECK(b.translated(Bench::kPage, true, 1).ok);  // before the CMD_SYNC sees the completion
  });
}

TEST_CASE("CMD_ATC_INV to an absent function completes at once without an error") {
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
    CHECK(b.read32(reg::GERROR) == 0);
    CHECK(b.command_error() == cerror::NONE);
  });
}

TEST_CASE(
    "a CMD_SYNC that fails because of a timed-out ATC invalidation signals nothing until it completes") {
  core::SmmuConfig config;
  config.timing.atc_inv_timeout_ps = 1'000'000;  // 1 us
  Bench b(config);
  Pulses pulses(b.smmu.irq_cmd_sync());
  b.run([&] {
    b.enable();
    b.memory.store(0x7000, 0);
    invalidate_atc(b);
    b.submit(cmd::sync_irq({.address = 0x7000, .data = 0x55}));
    b.until_command_error();
    Bench::delay(100);
    CHECK(b.command_error() == cerror::ATC_INV_SYNC);
    CHECK(b.commands_read() == 1);
    CHECK(b.memory.load32(0x7000) == 0);  // 4.7.3
    CHECK(pulses.count == 0);
    b.write32(reg::GERRORN, gerror::CMDQ_ERR);
    Bench::until([&] { return b.consumed(); });
    Bench::delay(10);
    CHECK(b.memory.load32(0x7000) == 0x55);
    CHECK(pulses.count == 1);
  });
}

TEST_CASE("clearing SMMUEN is acknowledged when a CMD_PREFETCH_CONFIG in progress has made its last fetch") {
  Bench b;
  Gate gate(b, Bench::ste_at());
  bool acknowledged = false;
  u64 fetched_after = 0;
  b.facts.on<trace::ConfigRead>([&](const trace::ConfigRead&, u64) { fetched_after += acknowledged; });
  b.run([&] {
    b.enable();
    b.bind_process();
    b.submit(cmd::prefetch_config(Bench::kSid, Bench::kPasid));
    Bench::until([&] { return gate.reached; });
    b.write32(reg::CR0, cr0::all_but(cr0::SMMUEN));
    Bench::delay(100);
    CHECK((b.read32(reg::CR0ACK) & cr0::SMMUEN) !=
          0);  // 6.3.9.6: the STE is being read; the CD comes after it
    gate.let_go();
    Bench::until([&] { return b.read32(reg::CR0ACK) == cr0::all_but(cr0::SMMUEN); });
    acknowledged = true;
    Bench::delay(100);
    CHECK(fetched_after == 0);
    CHECK(b.consumed());
    CHECK(b.counter("smmu.config.misses") == 1);
  });
}

}  // namespace smmu_vp::test
