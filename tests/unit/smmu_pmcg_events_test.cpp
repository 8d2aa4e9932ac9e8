// Which of several simultaneous happenings count as an event of 10.3: stage 2, several translations, HTTU.
#include "tests/unit/smmu_nested.h"
#include "tests/unit/smmu_pmcg.h"

namespace smmu_vp::test {

namespace {

// Stage 2 of smmu_nested.h starts at level 1 and ends in blocks of level 2.
constexpr u32 kStage2Reads = 2;

}  // namespace

TEST_CASE("a PMCG counts the stage 2 reads that the fetch of a CD makes as table walk accesses") {
  Bench b(with_counters(both_stages()));
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    count_everything(b);
    b.dma(Bench::kVa, false);
    CHECK(count(b, 5) == 2);  // STE and CD
    // The CD's IPA; four tables of stage 1 each at an IPA; the data's.
    CHECK(count(b, 4) == kStage2Reads + 4 * (kStage2Reads + 1) + kStage2Reads);
    CHECK(count(b, 2) == 1);
    CHECK(count(b, 3) == 1);
  });
}

TEST_CASE("a PMCG counts the stage 2 reads for L1CD and CD of a prefetch for the prefetched stream") {
  Bench b(with_counters(both_stages()));
  b.run([&] {
    b.enable();
    enable_stage2(b, true);
    // S1Fmt 0b01: an L1CD in front of the CDs.
    const u64 ste = Bench::ste_at();
    b.memory.store(ste, b.memory.load(ste) | ste::s1_fmt(0b01));
    constexpr u64 kLeaf = 0x6'2000;
    b.memory.store(Bench::kCds, kLeaf | l1cd::V);
    b.memory.store(kLeaf + 64 * Bench::kPasid, b.memory.load(Bench::cd_at()));
    count_everything(b);
    b.write32(kPage0 + pmcg_reg::EVTYPER0 + 4 * 4, 4);  // event 4 of one StreamID (10.4)
    b.write32(kPage0 + pmcg_reg::SMR0 + 4 * 4, Bench::kSid);
    b.command(cmd::prefetch_config(Bench::kSid, Bench::kPasid));
    CHECK(count(b, 5) == 3);
    CHECK(count(b, 4) == 2 * kStage2Reads);  // 10.3: for any reason, prefetches too
    CHECK(count(b, 1) == 0);
    CHECK(count(b, 2) == 0);
    b.write32(kPage0 + pmcg_reg::SMR0 + 4 * 4, 4);
    b.command(cmd::cfgi_ste(Bench::kSid));
    b.command(cmd::prefetch_config(Bench::kSid, Bench::kPasid));
    CHECK(count(b, 5) == 6);
    CHECK(count(b, 4) == 2 * kStage2Reads);  // not of StreamID 4
  });
}

TEST_CASE("a PMCG counts one request and one TLB miss for a Translation Request for eight translations") {
  Bench b(with_counters());
  b.run([&] {
    b.enable();
    b.bind_process();
    for (unsigned i = 1; i < 8; ++i) b.map(i, Bench::kPage + 0x1000 * i);
    count_everything(b);
    CHECK(b.translation_request(Bench::kVa, false, 8).following.count == 7);
    CHECK(count(b, 1) == 1);
    CHECK(count(b, 2) == 1);  // 10.3: once for a request
    CHECK(count(b, 3) == 1);
    CHECK(count(b, 6) == 1);
    CHECK(b.translation_request(Bench::kVa, false, 8).following.count == 7);
    CHECK(count(b, 1) == 2);
    CHECK(count(b, 2) == 1);  // all of it is in the TLB
    CHECK(count(b, 3) == 1);
  });
}

TEST_CASE("a PMCG counts a TLB hit that is walked again as a miss") {
  Bench b(with_counters(both_stages(2)));
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 cd = Bench::cd_at(), leaf = Bench::kPte + 8 * 0x167;
    b.memory.store(cd, b.memory.load(cd) | cd::HA | cd::HD);
    b.memory.store(leaf, b.memory.load(leaf) | pte::kReadOnly | pte::kDbm);  // writable, clean
    count_everything(b);
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK(count(b, 2) == 1);
    CHECK(count(b, 4) == 4);
    CHECK(b.dma(Bench::kVa, true, 1).ok);
    CHECK(count(b, 2) == 2);  // 10.3: it took a walk to find the page writable
    const u32 accesses = count(b, 4);
    CHECK(accesses > 4);
    CHECK(b.dma(Bench::kVa, true, 2).ok);
    CHECK(b.dma(Bench::kVa, false).data == 2);
    CHECK(count(b, 2) == 2);
    CHECK(count(b, 4) == accesses);
  });
}

TEST_CASE("a PMCG counts no TLB miss for an access that a TLB entry refuses without a walk") {
  Bench b(with_counters());
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(0, Bench::kPage, false);
    count_everything(b);
    CHECK(b.dma(Bench::kVa, false).ok);
    CHECK_FALSE(b.dma(Bench::kVa, true, 1).ok);
    CHECK(count(b, 1) == 2);
    CHECK(count(b, 2) == 1);
    CHECK(count(b, 4) == 4);
  });
}

}  // namespace smmu_vp::test
