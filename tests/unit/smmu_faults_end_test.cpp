// How a faulting access ends when it does not stall, and what ends stalls besides CMD_RESUME
// (3.12.1, 3.12.2, 4.7.2, 6.3.9.6).
#include "tests/unit/smmu_stalling.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kCd = Bench::cd_at();
constexpr u32 kOther = 4;  // a second stream, with the process of the first

void bind_two(Bench& b) {
  bind_stalling(b);
  for (const u64 word : {0, 8})
    b.memory.store(Bench::ste_at(kOther) + word, b.memory.load(Bench::ste_at() + word));
}
// Reads event records in order.
struct Reader {
  Bench& b;
  u32 read = 0;
  u64 stag() {
    Bench::until([&] { return b.events() != read; });
    const EventWords record = b.event(read);
    CHECK(record.stall());
    read = (read + 1) & 0xF;
    b.write32(reg::EVENTQ_CONS, read);
    return record.stag();
  }
};

}  // namespace

TEST_CASE("with CD.A 0 a faulting write does not change memory and a faulting read returns zeros") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(kCd, b.memory.load(kCd) & ~cd::A);
    b.map(1, Bench::kPage + 0x1000, false);
    b.memory.store(Bench::kPage + 0x1000, 0x77);
    DmaResult r = b.dma(Bench::kVa + 0x1000, true, 0x11);  // F_PERMISSION
    CHECK(r.ok);
    CHECK(r.status == transport::DmaStatus::kSuccess);
    CHECK(b.memory.load(Bench::kPage + 0x1000) == 0x77);
    CHECK(b.dma(Bench::kVa + 0x1000, false).data == 0x77);
    r = b.dma(Bench::kVa + 0x2000, false, 0x55);
    CHECK(r.ok);
    CHECK(r.data == 0);
    CHECK(b.events() == 2);
    CHECK(b.event(0).type() == event::F_PERMISSION);
    CHECK(b.event(1).type() == event::F_TRANSLATION);
    b.memory.store(kCd, b.memory.load(kCd) & ~cd::R);
    b.command(cmd::cfgi_all());
    CHECK(b.dma(Bench::kVa + 0x2000, false, 0x55).data == 0);
    CHECK(b.events() == 2);
    // CD.A applies to translation faults; others always abort (5.5).
    b.memory.store(kCd + 8, 0xFF00'0000);
    b.command(cmd::cfgi_all());
    b.command(cmd::tlbi_nsnh_all());
    CHECK_FALSE(b.dma(Bench::kVa + 0x2000, false).ok);
  });
}

TEST_CASE("CMD_STALL_TERM ends the stalls of its stream and of no other") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_two(b);
    Dma first(b, Bench::kVa + 0x1000, false), second(b, Bench::kVa + 0x2000, true, 1);
    Dma other(b, Bench::kVa + 0x1000, true, 0xAB, kOther);
    Bench::until([&] { return b.events() == 3; });
    b.command(cmd::stall_term(5));  // of a stream without stalls
    Bench::delay(100);
    CHECK_FALSE(first.done);
    b.command(cmd::stall_term(Bench::kSid));
    Bench::until([&] { return first.done && second.done; });
    CHECK_FALSE(first.result.ok);
    CHECK_FALSE(second.result.ok);
    Bench::delay(100);
    CHECK_FALSE(other.done);
    CHECK(b.events() == 3);
    CHECK(b.event(2).sid() == kOther);
    b.map(1, Bench::kPage + 0x1000);
    b.command(cmd::resume(4, b.event(2).stag(), cmd::kRetry));
    Bench::until([&] { return other.done; });
    CHECK(other.result.ok);
    CHECK(b.memory.load(Bench::kPage + 0x1000) == 0xAB);
  });
}

TEST_CASE("CMD_STALL_TERM ends a stall of its stream whose record found the Event queue full") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_two(b);
    b.write_cd();
    for (int i = 0; i < 8; ++i) b.dma(Bench::kVa + 0x1000, false);
    CHECK(b.read32(reg::EVENTQ_PROD) == 8);  // wrapped: full
    b.write_cd(true, true);
    b.command(cmd::cfgi_all());
    Dma ended(b, Bench::kVa + 0x1000, false);
    Dma other(b, Bench::kVa + 0x2000, false, 0, kOther);
    Bench::delay(100);
    b.command(cmd::stall_term(Bench::kSid));
    Bench::until([&] { return ended.done; });
    CHECK_FALSE(ended.result.ok);
    Bench::delay(100);
    CHECK_FALSE(other.done);
    CHECK(b.read32(reg::EVENTQ_PROD) == 8);
    b.write32(reg::EVENTQ_CONS,
              8);  // all read: the other's record has a place now, and the first leaves none
    Bench::until([&] { return b.events() == 9; });
    Bench::delay(100);
    CHECK(b.events() == 9);
    CHECK(b.event(8).sid() == kOther);
    b.command(cmd::stall_term(4));
    Bench::until([&] { return other.done; });
    CHECK_FALSE(other.result.ok);
    CHECK(b.smmu.idle());
  });
}

TEST_CASE("the STAG of a stall is not reused until the stall is answered") {
  core::SmmuConfig config;
  config.stalls = 4;
  Bench b(config);
  b.run([&] {
    b.enable();
    bind_two(b);
    Reader events{b};
    Dma a(b, Bench::kVa + 0x1000, false);
    const u64 stag_a = events.stag();
    const auto passing = [&] {  // stalls and is ended
      Dma dma(b, Bench::kVa + 0x3000, false);
      const u64 stag = events.stag();
      b.command(cmd::resume(Bench::kSid, stag, cmd::kAbort));
      Bench::until([&] { return dma.done; });
      return stag;
    };
    CHECK(passing() != stag_a);
    Dma c(b, Bench::kVa + 0x2000, false, 0, kOther);
    const u64 stag_c = events.stag();
    CHECK(stag_c != stag_a);
    for (int i = 0; i < 12; ++i) {  // several times around
      const u64 stag = passing();
      CHECK(stag != stag_a);
      CHECK(stag != stag_c);
    }
    CHECK_FALSE(a.done);
    CHECK_FALSE(c.done);
    b.command(cmd::resume(Bench::kSid, stag_a, cmd::kAbort));
    Bench::until([&] { return a.done; });
    bool again = false;  // once answered it may be reused, and with only four STAGs it is
    for (int i = 0; i < 4; ++i) {
      const u64 stag = passing();
      CHECK(stag != stag_c);
      again |= stag == stag_a;
    }
    CHECK(again);
    CHECK_FALSE(c.done);
    b.command(cmd::resume(4, stag_c, cmd::kAbort));
    Bench::until([&] { return c.done; });
  });
}

TEST_CASE("clearing SMMUEN ends a stall that waits for the Event queue, which is then never recorded") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::EVENTQEN));
    bind_stalling(b);
    Dma dma(b, Bench::kPage, true, 0x11);  // not mapped, but memory for one that bypasses
    Bench::delay(100);
    CHECK_FALSE(dma.done);
    CHECK_FALSE(b.smmu.idle());
    b.set_cr0(cr0::all_but(cr0::SMMUEN | cr0::EVENTQEN));
    Bench::until([&] { return dma.done; });
    CHECK_FALSE(dma.result.ok);  // terminated; it does not bypass as GBPA would let it
    CHECK(b.memory.load(Bench::kPage) == 0);
    b.set_cr0(cr0::all_but(cr0::SMMUEN));
    b.set_cr0(cr0::kAll);
    Bench::delay(100);
    CHECK(b.read32(reg::EVENTQ_PROD) == 0);
    CHECK(b.smmu.idle());
    CHECK(b.dma(Bench::kVa, false).ok);
  });
}

}  // namespace smmu_vp::test
