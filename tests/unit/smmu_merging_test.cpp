// Event records that merge several equal events (5.2 MEV, 7.3.1).
#include "tests/unit/smmu_nested.h"

namespace smmu_vp::test {

TEST_CASE("with STE.MEV equal events of one page merge into the newest unread record and others do not") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    const u64 va = Bench::kVa + 0x1000;
    const auto faults = [&](u64 address, bool write = false) { CHECK_FALSE(b.dma(address, write).ok); };
    faults(va);
    faults(va);  // MEV is 0: one record each
    CHECK(b.events() == 2);
    const u64 w1 = Bench::ste_at() + 8;
    b.memory.store(w1, b.memory.load(w1) | ste::MEV);
    b.command(cmd::cfgi_all());
    faults(va);  // equal to the last, but that one's stream has MEV 0
    CHECK(b.events() == 3);
    faults(va + 0x7F8);  // InputAddr[11:0] is ignored (7.3.13)
    CHECK(b.events() == 3);
    CHECK(b.event(2).input_address() == va);
    CHECK(b.counter("smmu.events_merged") == 1);
    faults(va, true);  // RnW differs
    CHECK(b.events() == 4);
    faults(va + 0x1000, true);  // another page
    CHECK(b.events() == 5);
    faults(va, true);  // not equal to the newest
    CHECK(b.events() == 6);
    b.write32(reg::EVENTQ_CONS, 6);  // all were read
    faults(va, true);
    CHECK(b.events() == 7);
    Bench::delay(1001);  // not in quick succession
    faults(va, true);
    CHECK(b.read32(reg::EVENTQ_PROD) == 8);
    CHECK(b.counter("smmu.events_merged") == 1);
    CHECK(b.counter("smmu.events_dropped") == 0);
  });
}

TEST_CASE("stall records are never merged, whatever STE.MEV says") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.write_ste(false);
    b.write_cd(true, true);
    const u64 w1 = Bench::ste_at() + 8;
    b.memory.store(w1, b.memory.load(w1) | ste::MEV);
    int ended = 0;
    for (int i = 0; i < 2; ++i) {
      Bench::spawn([&] {
        CHECK_FALSE(b.dma(Bench::kVa + 0x1000, false).ok);
        ++ended;
      });
    }
    Bench::until([&] { return b.events() == 2; });
    CHECK(b.event(0).stag() != b.event(1).stag());
    CHECK(b.counter("smmu.events_merged") == 0);
    b.write32(reg::CR0, cr0::all_but(cr0::SMMUEN));  // SMMUEN 0 ends both
    Bench::until([&] { return ended == 2; });
  });
}

TEST_CASE("equal events merge with stage 2 alone and in bypass too") {
  constexpr u64 kSte = Bench::ste_at();
  Bench b(both_stages());
  b.run([&] {
    b.enable();
    enable_stage2(b, false);
    // STE.MEV applies whatever Config is (5.2).
    const auto faults = [&](u64 address) { CHECK_FALSE(b.dma(address, false, 0, 8, 0, false).ok); };
    constexpr u64 kBeyondS2T0sz = 0x12'3456'7000;
    faults(kBeyondS2T0sz);
    faults(kBeyondS2T0sz);
    CHECK(b.events() == 2);  // MEV is 0
    b.memory.store(kSte + 8, ste::MEV);
    b.command(cmd::cfgi_all());
    for (const u64 offset : {0x0, 0x0, 0xFF8}) faults(kBeyondS2T0sz + offset);
    CHECK(b.events() == 3);
    check_event(b, 2, event::F_TRANSLATION, event::kClassIN, kBeyondS2T0sz);
    CHECK(b.counter("smmu.events_merged") == 2);

    b.memory.store(kSte, ste::kBypass | ste::V);
    b.memory.store(kSte + 8, 0);
    b.command(cmd::cfgi_all());
    constexpr u64 kBeyondOas = u64{1} << 48;
    faults(kBeyondOas);
    faults(kBeyondOas);
    CHECK(b.events() == 5);
    CHECK(b.event(4).type() == event::F_ADDR_SIZE);
    b.memory.store(kSte + 8, ste::MEV);
    b.command(cmd::cfgi_all());
    for (const u64 offset : {0x0, 0x0, 0xFF8}) faults(kBeyondOas + offset);
    CHECK(b.events() == 6);
    CHECK(b.counter("smmu.events_merged") == 4);
    CHECK(b.counter("smmu.events_dropped") == 0);
  });
}

}  // namespace smmu_vp::test
