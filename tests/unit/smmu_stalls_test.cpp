// Stalled transactions (3.12.2, 4.7) and the Event queue's limits (7.2, 7.4).
#include "tests/unit/smmu_stalling.h"

namespace smmu_vp::test {

TEST_CASE("a stalled transaction waits for CMD_RESUME(Retry), then finds the page") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_stalling(b);
    Dma dma(b, Bench::kVa + 0x1008, true, 0xAB);
    Bench::until([&] { return b.events() == 1; });
    CHECK(b.event(0).head() == event::head(event::F_TRANSLATION, Bench::kSid, Bench::kPasid));
    CHECK((b.event(0).w[1] & mask(63, 31)) == (event::cls(event::kClassIN) | event::kStall));
    CHECK(b.event(0).input_address() == Bench::kVa + 0x1008);
    Bench::delay(100);
    CHECK_FALSE(dma.done);
    CHECK_FALSE(b.smmu.idle());
    b.map(1, Bench::kPage + 0x1000);
    const auto stag = b.event(0).stag();
    b.command(cmd::resume(Bench::kSid, stag, cmd::kRetry));
    Bench::until([&] { return dma.done; });
    CHECK(dma.result.ok);
    CHECK(b.memory.load(Bench::kPage + 0x1008) == 0xAB);
    CHECK(b.smmu.idle());
  });
}

TEST_CASE("CMD_RESUME terminates with abort or as RAZ/WI, and a wrong StreamID or STAG does nothing") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_stalling(b);
    Dma first(b, Bench::kVa + 0x1000, false);
    Bench::until([&] { return b.events() == 1; });
    const auto stag = b.event(0).stag();
    b.command(cmd::resume(4, stag, cmd::kRetry | cmd::kAbort));
    b.command(cmd::resume(Bench::kSid, stag + 1u, cmd::kAbort));
    Bench::delay(100);
    CHECK_FALSE(first.done);
    b.command(cmd::resume(Bench::kSid, stag, cmd::kAbort));
    Bench::until([&] { return first.done; });
    CHECK_FALSE(first.result.ok);

    Dma second(b, Bench::kVa + 0x1000, false);
    Bench::until([&] { return b.events() == 2; });
    const auto other = b.event(1).stag();
    b.command(cmd::resume(Bench::kSid, other, cmd::kTerminate));
    Bench::until([&] { return second.done; });
    CHECK(second.result.ok);
    CHECK(second.result.data == 0);
  });
}

TEST_CASE("CMD_SYNC completes while transactions are stalled") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_stalling(b);
    Dma dma(b, Bench::kVa + 0x1000, false);
    Bench::until([&] { return b.events() == 1; });
    b.command(cmd::tlbi_nh_asid(Bench::kAsid));
    b.sync();
    CHECK_FALSE(dma.done);
    b.command(cmd::stall_term(Bench::kSid));
    Bench::until([&] { return dma.done; });
    CHECK_FALSE(dma.result.ok);
  });
}

TEST_CASE("clearing SMMUEN terminates stalled transactions with abort") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_stalling(b);
    Dma dma(b, Bench::kVa + 0x1000, false);
    Bench::until([&] { return b.events() == 1; });
    b.set_cr0(cr0::all_but(cr0::SMMUEN));
    Bench::until([&] { return dma.done; });
    CHECK_FALSE(dma.result.ok);
  });
}

TEST_CASE("a retried transaction that faults again stalls again, with a record of its own") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_stalling(b);
    Dma dma(b, Bench::kVa + 0x1000, false);
    for (u32 n = 1; n <= 3; ++n) {
      Bench::until([&] { return b.events() == n; });
      const auto stag = b.event(n - 1).stag();
      b.command(cmd::resume(Bench::kSid, stag, cmd::kRetry));
    }
    Bench::until([&] { return b.events() == 4; });
    CHECK_FALSE(dma.done);
    b.command(cmd::stall_term(Bench::kSid));
    Bench::until([&] { return dma.done; });
  });
}

TEST_CASE("an ATS request never stalls, even if CD.S is set") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write_cd(true, true);
    const DmaResult ats = b.translation_request(Bench::kVa + 0x1000);
    CHECK(ats.status == transport::DmaStatus::kSuccess);
    CHECK_FALSE(ats.translation.read);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("a full Event queue discards terminated faults with an overflow, and keeps stalls waiting") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    for (int i = 0; i < 8; ++i) b.dma(Bench::kVa + 0x1000, false);
    CHECK(b.read32(reg::EVENTQ_PROD) == 8);  // wrapped: full
    b.write_cd(true, true);
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
    Dma stalled(b, Bench::kVa + 0x2000, false);
    Bench::delay(100);
    CHECK(b.read32(reg::EVENTQ_PROD) == 8);  // a stall causes no overflow (7.4)
    b.sync();                                // and blocks no CMD_SYNC

    b.memory.store(Bench::cd_at(), 0);
    b.command(cmd::cfgi_cd(Bench::kSid, Bench::kPasid));
    b.dma(Bench::kVa, false);  // C_BAD_CD, discarded
    CHECK(b.read32(reg::EVENTQ_PROD) == (queue::OVFLG | 8));
    CHECK(b.counter("smmu.events_dropped") == 1);

    // With space again the stalled transaction restarts, under the current configuration.
    b.write32(reg::EVENTQ_CONS, queue::OVFLG | 1);
    Bench::until([&] { return stalled.done; });
    CHECK_FALSE(stalled.result.ok);
    CHECK(b.read32(reg::EVENTQ_PROD) == (queue::OVFLG | 9));
    CHECK(b.event(0).type() == event::C_BAD_CD);
  });
}

TEST_CASE("with every STAG in use a further stall waits for a free one") {
  core::SmmuConfig config;
  config.stalls = 1;
  Bench b(config);
  b.run([&] {
    b.enable();
    bind_stalling(b);
    CHECK(idr::stall_max(b.read32(reg::IDR5)) == 1);
    Dma first(b, Bench::kVa + 0x1000, false);
    Dma second(b, Bench::kVa + 0x2000, false);
    Bench::until([&] { return b.events() == 1; });
    Bench::delay(100);
    CHECK(b.events() == 1);
    b.map(1, Bench::kPage + 0x1000);
    b.map(2, Bench::kPage + 0x2000);
    const auto stag = b.event(0).stag();
    b.command(cmd::resume(Bench::kSid, stag, cmd::kRetry));
    Bench::until([&] { return first.done && second.done; });
    CHECK(first.result.ok);
    CHECK(second.result.ok);
    CHECK(b.events() == 1);  // the second one's page came in time: nothing to report
  });
}

}  // namespace smmu_vp::test
