// Mistakes that models of this kind have made, as their users would meet them here.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

TEST_CASE("a block mapping hits the TLB at every page of it and keeps the offset") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    // The 2 MB that hold kVa as one block at 4 MB.
    constexpr u64 kBlock = 0x40'0000;
    b.memory.store(Bench::kPmd + 8 * 0x1A2, kBlock | 0x0060'0000'0000'0F41);
    const u64 first = Bench::kVa & ~u64{0x1F'FFFF};
    for (const u64 offset : {u64{0}, u64{0x1000}, u64{0x5'4328}, u64{0x1F'FFF8}}) {
      b.memory.store(kBlock + offset, 0x1111'0000 + offset);
      CHECK(b.dma(first + offset, false).data == 0x1111'0000 + offset);
    }
    CHECK(b.counter("smmu.tlb.misses") == 1);
    CHECK(b.counter("smmu.tlb.hits") == 3);
  });
}

TEST_CASE("CMD_ATC_INV reaches the endpoint its StreamID names with the PASID it names") {
  Bench b;
  b.smmu.route_streams(
      [](u32 sid) { return sid == 3 || sid == 9 ? std::optional<unsigned>(0) : std::nullopt; });
  b.run([&] {
    b.enable();
    b.command(0x0000'0009'0001'2840, 0x7000'0000'0000 | 3);  // StreamID 9, SubstreamID 0x12, 32 KB
    b.command(0x0000'0003'0001'2040, 52);                    // SSV 0: everything
    b.command(0x0000'0004'0000'0040, 52);                    // nobody's StreamID
    Bench::until([&] { return b.received.size() == 2; });
    Bench::delay(50);
    REQUIRE(b.received.size() == 2);
    CHECK(b.received[0].kind == MessageKind::kInvalidateRequest);
    CHECK(b.received[0].stream_id == 9);
    CHECK(b.received[0].has_pasid);
    CHECK(b.received[0].pasid == 0x12);
    CHECK(b.received[0].address == 0x7000'0000'0000);
    CHECK(b.received[0].log2_size == 15);
    CHECK(b.received[1].stream_id == 3);
    CHECK_FALSE(b.received[1].has_pasid);
    CHECK(b.received[1].log2_size == 64);
  });
}

TEST_CASE("a refused translation request leaves the PRI queue alone") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK_FALSE(b.translation_request(Bench::kVa + 0x1000).translation.read);
    b.write_ste(false);
    b.command(0x04, 31);
    CHECK(b.translation_request(Bench::kVa).status == transport::DmaStatus::kUnsupportedRequest);
    Bench::delay(50);
    CHECK(b.read32(0x100C8) == 0);
    CHECK(b.received.empty());
  });
}

TEST_CASE("a page request's record holds the page and not the offset") {
  Bench b;
  b.run([&] {
    b.enable();
    MessageExtension m;
    m.kind = MessageKind::kPageRequest;
    m.stream_id = Bench::kSid;
    m.address = Bench::kVa | 0xABC;
    m.read = m.last = true;
    m.prg_index = 0x1FF;
    b.upstream(m);
    CHECK(b.memory.load(Bench::kPriq + 8) == (Bench::kVa | 0x1FF));
  });
}

TEST_CASE("a configuration invalidation by stream names one stream and leaves none of it behind") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    CHECK(b.dma(Bench::kVa, false).ok);
    b.memory.store(Bench::kCds + 64 * Bench::kPasid, 0);  // the CD is gone
    b.command(0x0000'0005'0000'0003, 1);  // CMD_CFGI_STE of StreamID 5, the SubstreamID's value
    CHECK(b.dma(Bench::kVa, false).ok);   // still cached
    b.command(0x0000'0003'0000'0003, 1);
    CHECK_FALSE(b.dma(Bench::kVa, false).ok);
    CHECK((b.event_word(0, 0) & 0xFF) == 0x0A);
  });
}

TEST_CASE("a transaction waits in no queue of faults that is full and the simulation goes on") {
  Bench b;
  b.run([&] {
    b.enable();
    for (int i = 0; i < 40; ++i) CHECK_FALSE(b.dma(Bench::kVa, false).ok);
    CHECK(b.read32(0x100A8) == 0x8000'0008);  // OVFLG toggled once, WR past the eighth
    CHECK(b.read32(0x60) == 0);               // and no global error
  });
}

}  // namespace smmu_vp::test
