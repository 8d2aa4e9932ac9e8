// A descriptor that gave F_ACCESS or F_ADDR_SIZE is not cached: once software has corrected it, the next
// access succeeds without any invalidation (3.13.1, D8.15.1).
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kAf = 0x400, kBeyond = u64{1} << 32;  // beyond 32 bits of output
constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid, kCd = Bench::kCds + 64 * Bench::kPasid;
constexpr u64 kLeaf = Bench::kPte + 8 * 0x167, kTable = Bench::kPmd + 8 * 0x1A2;

// The descriptor at `at` is `wrong`, and an access faults with `event`; it is put right, and the same
// access succeeds.
struct Correction {
  Bench& b;
  u32 seen = 0;

  void check(u64 at, u64 wrong, u64 event, const std::function<DmaResult()>& access) {
    const u64 right = b.memory.load(at);
    CAPTURE(at);
    CAPTURE(wrong);
    b.memory.store(at, wrong);
    for (int again = 0; again < 2; ++again) {
      CHECK_FALSE(access().ok);
      CHECK((b.event_word(seen, 0) & 0xFF) == event);
      last = seen++;
      CHECK(b.events() == (seen & 0xF));
      b.write32(0x100AC, seen & 0xF);
    }
    b.memory.store(at, right);
    CHECK(access().ok);
    CHECK(b.events() == (seen & 0xF));
  }
  u32 last = 0;
};

// TLB entries and walk cache go; configuration stays.
void forget_translations(Bench& b) {
  b.command(0x30);
  b.sync();
}

}  // namespace

TEST_CASE("stage 1: a corrected page or table needs no invalidation after F_ACCESS or F_ADDR_SIZE") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(kCd, 0x0042'E200'C000'3510);  // IPS 32 bits
    Correction correct{b};
    const auto access = [&] { return b.dma(Bench::kVa, true, 1); };
    const u64 leaf = b.memory.load(kLeaf);
    correct.check(kLeaf, leaf & ~kAf, 0x12, access);
    forget_translations(b);
    correct.check(kLeaf, leaf | kBeyond, 0x11, access);
    forget_translations(b);
    correct.check(kTable, b.memory.load(kTable) | kBeyond, 0x11, access);
    forget_translations(b);
    correct.check(kTable, 0x40'0000 | kBeyond | 0x0060'0000'0000'0F41, 0x11, access);  // a block
  });
}

TEST_CASE("stage 2: a corrected block needs no invalidation after F_ACCESS or F_ADDR_SIZE") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kSte + 16, kS2Word & ~(u64{7} << 48));  // S2PS 32 bits
    Correction correct{b};
    const auto nested = [&] { return b.dma(Bench::kVa, true, 1); };
    const auto alone = [&] { return b.dma(kDataIpa, true, 1, 8, 0, false); };
    constexpr u64 kData = kS2L2 + 8;
    for (const auto& access : {std::function<DmaResult()>(nested), std::function<DmaResult()>(alone)}) {
      forget_translations(b);
      correct.check(kData, kDataPa | (kBlock & ~kAf), 0x12, access);
      check_event(b, correct.last, 0x12, 0b10, kDataIpa);
      forget_translations(b);
      correct.check(kData, kDataPa | kBeyond | kBlock, 0x11, access);
      check_event(b, correct.last, 0x11, 0b10, kDataIpa);
      forget_translations(b);
      correct.check(kS2L1, kS2L2 | kBeyond | 3, 0x11, access);  // a table of stage 2
    }
  });
}

TEST_CASE("stage 2: a corrected block under stage 1's tables and CDs needs no invalidation either") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kSte + 16, kS2Word & ~(u64{7} << 48));
    Correction correct{b};
    const auto access = [&] { return b.dma(Bench::kVa, true, 1); };
    CHECK(access().ok);
    for (const auto& [wrong, event] :
         {std::pair{kBlock & ~kAf, u64{0x12}}, std::pair{kBeyond | kBlock, u64{0x11}}}) {
      forget_translations(b);  // the CD stays cached: the fault is of stage 1's walk
      correct.check(kS2L2, wrong, event, access);
      check_event(b, correct.last, event, 0b01, Bench::kPgd);
      b.command(0x04, 31);  // CMD_CFGI_ALL: the CD is fetched again
      forget_translations(b);
      correct.check(kS2L2, wrong, event, access);
      check_event(b, correct.last, event, 0b00, Bench::kCds);
    }
  });
}

}  // namespace smmu_vp::test
