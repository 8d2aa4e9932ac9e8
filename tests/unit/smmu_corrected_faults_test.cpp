// A descriptor that gave F_ACCESS or F_ADDR_SIZE is not cached: once software has corrected it, the next
// access succeeds without any invalidation (3.13.1, D8.15.1).
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kBeyond = u64{1} << 32;  // beyond 32 bits of output
constexpr u64 kSte = Bench::ste_at(), kCd = Bench::cd_at();
constexpr u64 kLeaf = Bench::kPte + 8 * 0x167, kTable = Bench::kPmd + 8 * 0x1A2;

// Makes the descriptor at `at` `wrong`, so that an access faults with `event`; corrects it,
// and the same access succeeds.
struct Correction {
  Bench& b;
  u32 seen = 0;

  void check(u64 at, u64 wrong, u64 type, const std::function<DmaResult()>& access) {
    const u64 right = b.memory.load(at);
    CAPTURE(at);
    CAPTURE(wrong);
    b.memory.store(at, wrong);
    for (int again = 0; again < 2; ++again) {
      CHECK_FALSE(access().ok);
      CHECK(b.event(seen).type() == type);
      last = seen++;
      CHECK(b.events() == (seen & 0xF));
      b.write32(reg::EVENTQ_CONS, seen & 0xF);
    }
    b.memory.store(at, right);
    CHECK(access().ok);
    CHECK(b.events() == (seen & 0xF));
  }
  u32 last = 0;
};

// Invalidates TLB entries and the walk cache, but not configuration.
void forget_translations(Bench& b) {
  b.command(cmd::tlbi_nsnh_all());
  b.sync();
}

}  // namespace

TEST_CASE("a corrected page or table of stage 1 needs no invalidation after F_ACCESS or F_ADDR_SIZE") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.store(kCd, b.memory.load(kCd) & ~cd::ips(0b111));  // 32 bits
    Correction correct{b};
    const auto access = [&] { return b.dma(Bench::kVa, true, 1); };
    const u64 leaf = b.memory.load(kLeaf);
    correct.check(kLeaf, leaf & ~pte::kAf, event::F_ACCESS, access);
    forget_translations(b);
    correct.check(kLeaf, leaf | kBeyond, event::F_ADDR_SIZE, access);
    forget_translations(b);
    correct.check(kTable, b.memory.load(kTable) | kBeyond, event::F_ADDR_SIZE, access);
    forget_translations(b);
    correct.check(kTable, 0x40'0000 | kBeyond | pte::kUserData | pte::kBlock, event::F_ADDR_SIZE,
                  access);  // a block
  });
}

TEST_CASE("a corrected block of stage 2 needs no invalidation after F_ACCESS or F_ADDR_SIZE") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kSte + 16, kS2Word & ~ste::s2_ps(0b111));  // 32 bits
    Correction correct{b};
    const auto nested = [&] { return b.dma(Bench::kVa, true, 1); };
    const auto alone = [&] { return b.dma(kDataIpa, true, 1, 8, 0, false); };
    constexpr u64 kData = kS2L2 + 8;
    for (const auto& access : {std::function<DmaResult()>(nested), std::function<DmaResult()>(alone)}) {
      forget_translations(b);
      correct.check(kData, kDataPa | (kBlock & ~s2::kAf), event::F_ACCESS, access);
      check_event(b, correct.last, event::F_ACCESS, event::kClassIN, kDataIpa);
      forget_translations(b);
      correct.check(kData, kDataPa | kBeyond | kBlock, event::F_ADDR_SIZE, access);
      check_event(b, correct.last, event::F_ADDR_SIZE, event::kClassIN, kDataIpa);
      forget_translations(b);
      correct.check(kS2L1, kS2L2 | kBeyond | pte::kTable, event::F_ADDR_SIZE, access);  // a table of stage 2
    }
  });
}

TEST_CASE("a corrected block of stage 2 that holds stage 1's tables and CDs needs no invalidation either") {
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    b.memory.store(kSte + 16, kS2Word & ~ste::s2_ps(0b111));
    Correction correct{b};
    const auto access = [&] { return b.dma(Bench::kVa, true, 1); };
    CHECK(access().ok);
    for (const auto& [wrong, type] :
         {std::pair{kBlock & ~s2::kAf, event::F_ACCESS}, std::pair{kBeyond | kBlock, event::F_ADDR_SIZE}}) {
      forget_translations(b);  // the CD stays cached: the fault is of stage 1's walk
      correct.check(kS2L2, wrong, type, access);
      check_event(b, correct.last, type, event::kClassTT, Bench::kPgd);
      b.command(cmd::cfgi_all());  // the CD is fetched again
      forget_translations(b);
      correct.check(kS2L2, wrong, type, access);
      check_event(b, correct.last, type, event::kClassCD, Bench::kCds);
    }
  });
}

}  // namespace smmu_vp::test
