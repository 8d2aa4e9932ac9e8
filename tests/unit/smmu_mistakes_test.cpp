// Mistakes known from models of this kind, as their users would see them.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

TEST_CASE("a block mapping hits the TLB at every page in it and keeps the offset") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    // The 2 MB that hold kVa as one block at 4 MB.
    constexpr u64 kBlock = 0x40'0000;
    b.memory.store(Bench::kPmd + 8 * 0x1A2, kBlock | pte::kUserData | pte::kBlock);
    const u64 first = Bench::kVa & ~u64{0x1F'FFFF};
    for (const u64 offset : {u64{0}, u64{0x1000}, u64{0x5'4328}, u64{0x1F'FFF8}}) {
      b.memory.store(kBlock + offset, 0x1111'0000 + offset);
      CHECK(b.dma(first + offset, false).data == 0x1111'0000 + offset);
    }
    CHECK(b.counter("smmu.tlb.misses") == 1);
    CHECK(b.counter("smmu.tlb.hits") == 3);
  });
}

TEST_CASE("CMD_ATC_INV reaches the endpoint of its StreamID with its PASID") {
  Bench b;
  b.smmu.route_streams(
      [](u32 sid) { return sid == 3 || sid == 9 ? std::optional<unsigned>(0) : std::nullopt; });
  b.run([&] {
    b.enable();
    b.command(cmd::atc_inv(9, 0x12, 0x7000'0000'0000, 3));             // 32 KB
    b.command(cmd::without_ssv(cmd::atc_inv_all(Bench::kSid, 0x12)));  // everything
    b.command(cmd::atc_inv_all(4));                                    // no such StreamID
    Bench::until([&] { return b.received.size() == 2; });
    Bench::delay(50);
    REQUIRE(b.received.size() == 2);
    CHECK(b.received[0].kind == MessageKind::kInvalidateRequest);
    CHECK(b.received[0].who.sid == 9);
    CHECK(b.received[0].who.pasid == 0x12);
    CHECK(b.received[0].address == 0x7000'0000'0000);
    CHECK(b.received[0].log2_size == 15);
    CHECK(b.received[1].who.sid == 3);
    CHECK_FALSE(b.received[1].who.pasid);
    CHECK(b.received[1].log2_size == 64);
  });
}

TEST_CASE("a refused translation request does not affect the PRI queue") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK_FALSE(b.translation_request(Bench::kVa + 0x1000).translation.read);
    b.write_ste(false);
    b.command(cmd::cfgi_all());
    CHECK(b.translation_request(Bench::kVa).status == transport::DmaStatus::kUnsupportedRequest);
    Bench::delay(50);
    CHECK(b.read32(reg::PRIQ_PROD) == 0);
    CHECK(b.received.empty());
  });
}

TEST_CASE("a page request's record has the page address without the offset") {
  Bench b;
  b.run([&] {
    b.enable();
    MessageExtension m;
    m.kind = MessageKind::kPageRequest;
    m.who.sid = Bench::kSid;
    m.address = Bench::kVa | 0xABC;
    m.intent.read = m.last = true;
    m.prg_index = 0x1FF;
    b.upstream(m);
    CHECK(b.memory.load(Bench::kPriq + 8) == (Bench::kVa | 0x1FF));
  });
}

TEST_CASE("a configuration invalidation by stream drops everything of that stream and nothing else") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kVa, false).ok);
    b.memory.store(Bench::cd_at(), 0);   // the CD is gone
    b.command(cmd::cfgi_ste(5));         // the SubstreamID's value
    CHECK(b.dma(Bench::kVa, false).ok);  // still cached
    b.command(cmd::cfgi_ste(Bench::kSid));
    CHECK_FALSE(b.dma(Bench::kVa, false).ok);
    CHECK(b.event(0).type() == event::C_BAD_CD);
  });
}

TEST_CASE("a terminated fault does not wait for a full Event queue and the simulation continues") {
  Bench b;
  b.run([&] {
    b.enable();
    for (int i = 0; i < 40; ++i) CHECK_FALSE(b.dma(Bench::kVa, false).ok);
    CHECK(b.read32(reg::EVENTQ_PROD) == (queue::OVFLG | 8));  // OVFLG toggled once, WR past the eighth
    CHECK(b.read32(reg::GERROR) == 0);                        // and no global error
  });
}

}  // namespace smmu_vp::test
