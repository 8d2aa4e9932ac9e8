// How a faulting access ends when it does not stall, and what ends stalls beside CMD_RESUME (3.12.1, 3.12.2,
// 4.7.2, 6.3.9.6).
#include "tests/unit/smmu_stalling.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kCd = Bench::kCds + 64 * Bench::kPasid;
constexpr u32 kOther = 4;  // a second stream, with the process of the first

void bind_two(Bench& b) {
  bind_stalling(b);
  for (const u64 word : {0, 8})
    b.memory.store(Bench::kStrtab + 64 * kOther + word,
                   b.memory.load(Bench::kStrtab + 64 * Bench::kSid + word));
}
// Reads event records one after the other.
struct Reader {
  Bench& b;
  u32 read = 0;
  u64 stag() {
    Bench::until([&] { return b.events() != read; });
    const u64 word = b.event_word(read, 1);
    CHECK((word >> 31 & 1) == 1);  // Stall
    read = (read + 1) & 0xF;
    b.write32(0x100AC, read);
    return word & 0xFFFF;
  }
};

}  // namespace

TEST_CASE("with CD.A 0 a faulting write leaves memory alone and a faulting read gives zeros") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(kCd, b.memory.load(kCd) & ~(u64{1} << 46));  // A
    b.map(1, Bench::kPage + 0x1000, false);
    b.memory.store(Bench::kPage + 0x1000, 0x77);
    DmaResult r = b.dma(Bench::kVa + 0x1000, true, 0x11);  // F_PERMISSION
    CHECK(r.ok);
    CHECK(r.status == transport::DmaStatus::kSuccess);
    CHECK(b.memory.load(Bench::kPage + 0x1000) == 0x77);
    CHECK(b.dma(Bench::kVa + 0x1000, false).data == 0x77);
    r = b.dma(Bench::kVa + 0x2000, false, 0x55);  // F_TRANSLATION
    CHECK(r.ok);
    CHECK(r.data == 0);
    CHECK(b.events() == 2);
    CHECK((b.event_word(0, 0) & 0xFF) == 0x13);
    CHECK((b.event_word(1, 0) & 0xFF) == 0x10);
    b.memory.store(kCd, b.memory.load(kCd) & ~(u64{1} << 45));  // R
    b.command(0x04, 31);
    CHECK(b.dma(Bench::kVa + 0x2000, false, 0x55).data == 0);
    CHECK(b.events() == 2);
    // A is of translation faults: what is no such fault aborts (5.5).
    b.memory.store(kCd + 8, 0xFF00'0000);
    b.command(0x04, 31);
    b.command(0x30);
    CHECK_FALSE(b.dma(Bench::kVa + 0x2000, false).ok);
  });
}

TEST_CASE("CMD_STALL_TERM ends the stalls of its stream and leaves those of others") {
  Bench b;
  b.run([&] {
    b.enable();
    bind_two(b);
    Dma first(b, Bench::kVa + 0x1000, false), second(b, Bench::kVa + 0x2000, true, 1);
    Dma other(b, Bench::kVa + 0x1000, true, 0xAB, kOther);
    Bench::until([&] { return b.events() == 3; });
    b.command(0x0000'0005'0000'0045);  // of a stream without stalls
    Bench::delay(100);
    CHECK_FALSE(first.done);
    b.command(0x0000'0003'0000'0045);
    Bench::until([&] { return first.done && second.done; });
    CHECK_FALSE(first.result.ok);
    CHECK_FALSE(second.result.ok);
    Bench::delay(100);
    CHECK_FALSE(other.done);
    CHECK(b.events() == 3);
    CHECK((b.event_word(2, 0) >> 32) == kOther);
    b.map(1, Bench::kPage + 0x1000);
    b.command(0x0000'0004'0000'1044, b.event_word(2, 1) & 0xFFFF);
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
    CHECK(b.read32(0x100A8) == 0x8);  // wrapped: full
    b.write_cd(true, true);
    b.command(0x04, 31);
    Dma ended(b, Bench::kVa + 0x1000, false);
    Dma other(b, Bench::kVa + 0x2000, false, 0, kOther);
    Bench::delay(100);
    b.command(0x0000'0003'0000'0045);
    Bench::until([&] { return ended.done; });
    CHECK_FALSE(ended.result.ok);
    Bench::delay(100);
    CHECK_FALSE(other.done);
    CHECK(b.read32(0x100A8) == 0x8);
    b.write32(0x100AC, 0x8);  // all read: the other's record has a place now, and the first leaves none
    Bench::until([&] { return b.events() == 9; });
    Bench::delay(100);
    CHECK(b.events() == 9);
    CHECK((b.event_word(8, 0) >> 32) == kOther);
    b.command(0x0000'0004'0000'0045);
    Bench::until([&] { return other.done; });
    CHECK_FALSE(other.result.ok);
    CHECK(b.smmu.idle());
  });
}

TEST_CASE("the STAG of a stall is given to no other until it is answered") {
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
      b.command(0x0000'0003'0000'2044, stag);
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
    b.command(0x0000'0003'0000'2044, stag_a);
    Bench::until([&] { return a.done; });
    bool again = false;  // once answered it may be given again; with four there are, it is
    for (int i = 0; i < 4; ++i) {
      const u64 stag = passing();
      CHECK(stag != stag_c);
      again |= stag == stag_a;
    }
    CHECK(again);
    CHECK_FALSE(c.done);
    b.command(0x0000'0004'0000'2044, stag_c);
    Bench::until([&] { return c.done; });
  });
}

TEST_CASE("clearing SMMUEN ends a stall that waits for the Event queue and it is never recorded") {
  Bench b;
  b.run([&] {
    b.enable(0x1B);  // EVENTQEN 0
    bind_stalling(b);
    Dma dma(b, Bench::kPage, true, 0x11);  // not mapped, and memory itself for whoever bypasses the SMMU
    Bench::delay(100);
    CHECK_FALSE(dma.done);
    CHECK_FALSE(b.smmu.idle());
    b.write32(0x20, 0x1A);
    Bench::until([&] { return b.read32(0x24) == 0x1A; });
    Bench::until([&] { return dma.done; });
    CHECK_FALSE(dma.result.ok);  // terminated, not let pass as GBPA says
    CHECK(b.memory.load(Bench::kPage) == 0);
    b.write32(0x20, 0x1E);
    Bench::until([&] { return b.read32(0x24) == 0x1E; });
    b.write32(0x20, 0x1F);
    Bench::until([&] { return b.read32(0x24) == 0x1F; });
    Bench::delay(100);
    CHECK(b.read32(0x100A8) == 0);
    CHECK(b.smmu.idle());
    CHECK(b.dma(Bench::kVa, false).ok);
  });
}

}  // namespace smmu_vp::test
