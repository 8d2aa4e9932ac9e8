// Stalled transactions (3.12.2, 4.7) and the Event queue's limits (7.2, 7.4).
#include "tests/unit/smmu_stalling.h"

namespace smmu_vp::test {

namespace {

u64 resume(u16 stag, bool retry, bool abort = false) {
  (void)stag;
  return 0x0000'0003'0000'0044 | (retry ? 0x1000 : 0) | (abort ? 0x2000 : 0);
}

}  // namespace

TEST_CASE("a stalled transaction waits for CMD_RESUME(Retry), then finds the page") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_stalling(b);
    Dma dma(b, Bench::kVa + 0x1008, true, 0xAB);
    Bench::until([&] { return b.events() == 1; });
    CHECK(b.event_word(0, 0) == 0x0000'0003'0000'5810);
    CHECK((b.event_word(0, 1) & 0xFFFF'FFFF'8000'0000) == 0x0000'0200'8000'0000);  // Stall, CLASS IN
    CHECK(b.event_word(0, 2) == Bench::kVa + 0x1008);
    Bench::delay(100);
    CHECK_FALSE(dma.done);
    CHECK_FALSE(b.smmu.idle());
    b.map(1, Bench::kPage + 0x1000);
    const auto stag = static_cast<u16>(b.event_word(0, 1));
    b.command(resume(stag, true), stag);
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
    const auto stag = static_cast<u16>(b.event_word(0, 1));
    b.command(0x0000'0004'0000'3044, stag);
    b.command(resume(stag, false, true), stag + 1u);
    Bench::delay(100);
    CHECK_FALSE(first.done);
    b.command(resume(stag, false, true), stag);
    Bench::until([&] { return first.done; });
    CHECK_FALSE(first.result.ok);

    Dma second(b, Bench::kVa + 0x1000, false);
    Bench::until([&] { return b.events() == 2; });
    const auto other = static_cast<u16>(b.event_word(1, 1));
    b.command(resume(other, false, false), other);
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
    b.command(0x0042'0000'0000'0011);
    b.sync();
    CHECK_FALSE(dma.done);
    b.command(0x0000'0003'0000'0045);  // CMD_STALL_TERM
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
    b.write32(0x20, 0x1E);
    Bench::until([&] { return b.read32(0x24) == 0x1E; });
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
      const auto stag = static_cast<u16>(b.event_word(n - 1, 1));
      b.command(resume(stag, true), stag);
    }
    Bench::until([&] { return b.events() == 4; });
    CHECK_FALSE(dma.done);
    b.command(0x0000'0003'0000'0045);
    Bench::until([&] { return dma.done; });
  });
}

TEST_CASE("an ATS request never stalls, though the CD says so") {
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
    CHECK(b.read32(0x100A8) == 0x8);  // wrapped: full
    b.write_cd(true, true);
    b.command(0x0000'0003'0000'5005, 1);
    Dma stalled(b, Bench::kVa + 0x2000, false);
    Bench::delay(100);
    CHECK(b.read32(0x100A8) == 0x8);  // a stall overflows nothing (7.4)
    b.sync();                         // and blocks no CMD_SYNC

    b.memory.store(Bench::kCds + 64 * Bench::kPasid, 0);
    b.command(0x0000'0003'0000'5005, 1);
    b.dma(Bench::kVa, false);  // C_BAD_CD, discarded
    CHECK(b.read32(0x100A8) == 0x8000'0008);
    CHECK(b.counter("smmu.events_dropped") == 1);

    // Space again: the stalled one starts again, under the configuration of now.
    b.write32(0x100AC, 0x8000'0001);
    Bench::until([&] { return stalled.done; });
    CHECK_FALSE(stalled.result.ok);
    CHECK(b.read32(0x100A8) == 0x8000'0009);
    CHECK((b.event_word(0, 0) & 0xFF) == 0x0A);
  });
}

TEST_CASE("with every STAG taken a further stall waits for one to be free") {
  core::SmmuConfig config;
  config.stalls = 1;
  Bench b(config);
  b.run([&] {
    b.enable();
    bind_stalling(b);
    CHECK((b.read32(0x14) >> 16) == 1);  // IDR5.STALL_MAX
    Dma first(b, Bench::kVa + 0x1000, false);
    Dma second(b, Bench::kVa + 0x2000, false);
    Bench::until([&] { return b.events() == 1; });
    Bench::delay(100);
    CHECK(b.events() == 1);
    b.map(1, Bench::kPage + 0x1000);
    b.map(2, Bench::kPage + 0x2000);
    const auto stag = static_cast<u16>(b.event_word(0, 1));
    b.command(resume(stag, true), stag);
    Bench::until([&] { return first.done && second.done; });
    CHECK(first.result.ok);
    CHECK(second.result.ok);
    CHECK(b.events() == 1);  // the second one's page came in time: nothing to report
  });
}

}  // namespace smmu_vp::test
