// Queues and messages that the SMMU does without for now: SMMUEN clear, an overflow, an aborted queue.
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

// The SMMU's own answer to the newest page request: Response Failure without a PASID (8.2).
void check_failure(Bench& b, std::size_t answers, u16 prg_index) {
  Bench::until([&] { return b.received.size() == answers; });
  const MessageExtension& m = b.received.back();
  CHECK(m.kind == MessageKind::kPrgResponse);
  CHECK(m.stream_id == Bench::kSid);
  CHECK(m.prg_index == prg_index);
  CHECK(m.response_code == 0xF);
  CHECK_FALSE(m.has_pasid);
}

}  // namespace

TEST_CASE("with SMMUEN clear and PRIQEN set page requests fail and the queue's registers stay guarded") {
  Bench b;
  b.run([&] {
    b.enable();
    b.page_request(1);
    b.write32(0x20, 0x1E);
    Bench::until([&] { return (b.read32(0x24) & 1) == 0; });
    CHECK(b.read32(0x24) == 0x1E);  // 6.3.9.5: by the bit as written, not as it takes effect
    b.page_request(2);
    check_failure(b, 1, 2);
    b.page_request(3, false);  // every request is answered, Last or not (8.2)
    check_failure(b, 2, 3);
    CHECK(b.read32(0x100C8) == 1);
    b.write64(0xC0, 0x5'0000 | 4);
    b.write32(0x100C8, 0);
    CHECK(b.read(0xC0, 8) == (Bench::kPriq | 2));
    CHECK(b.read32(0x100C8) == 1);
    b.write32(0x20, 0x1F);
    Bench::until([&] { return b.read32(0x24) == 0x1F; });
    b.page_request(4);
    CHECK(b.read32(0x100C8) == 2);
    CHECK(b.received.size() == 2);
  });
}

TEST_CASE("CMD_ATC_INV and CMD_PRI_RESP are consumed to no effect while SMMUEN is clear") {
  Bench b;
  b.run([&] {
    b.enable(0x1E);
    b.command(0x0000'0003'0000'5840, 52);      // CMD_ATC_INV, everything
    b.command(0x0000'0003'0000'5841, 0x2001);  // CMD_PRI_RESP, Success
    b.sync();                                  // and there is nothing to wait for (4.5.1)
    Bench::delay(100);
    CHECK(b.received.empty());
    CHECK(b.read32(0x60) == 0);
    CHECK(b.read32(0x9C) == 3);
  });
}

TEST_CASE("a CMD_PRI_RESP with a Reserved response is illegal though SMMUEN is clear") {
  Bench b;
  b.run([&] {
    b.enable(0x1E);
    b.submit(0x0000'0003'0000'5841, 0x3001);  // 4.5.2
    Bench::until([&] { return b.read32(0x60) == 0x1; });
    CHECK(b.read32(0x9C) == 0x0100'0000);  // 4.1.3: CERROR_ILL goes before IGNORED
  });
}

TEST_CASE("without ATS a CMD_ATC_INV is illegal though SMMUEN is clear") {
  core::SmmuConfig config;
  config.features.ats = config.features.pri = false;
  Bench b(config);
  b.run([&] {
    b.enable(0xC);
    b.submit(0x0000'0003'0000'5840, 52);
    Bench::until([&] { return b.read32(0x60) == 0x1; });
    CHECK(b.read32(0x9C) == 0x0100'0000);
  });
}

TEST_CASE("the Event queue takes records again as soon as there is room and tells one overflow at a time") {
  Bench b;
  b.run([&] {
    b.enable();
    const auto fault = [&](int times) {
      for (int i = 0; i < times; ++i) CHECK_FALSE(b.dma(Bench::kVa, false).ok);
    };
    fault(9);
    CHECK(b.read32(0x100A8) == 0x8000'0008);
    b.write32(0x100AC, 2);  // room for two, the overflow not acknowledged
    b.memory.store(Bench::kEventq, 0);
    fault(1);
    CHECK(b.read32(0x100A8) == 0x8000'0009);  // 7.4: as any other record
    CHECK(b.event_word(0, 0) == 0x0000'0003'0000'5804);
    fault(1);
    CHECK(b.read32(0x100A8) == 0x8000'000A);
    fault(3);
    CHECK(b.read32(0x100A8) == 0x8000'000A);  // 6.3.95: not toggled before it is acknowledged
    b.write32(0x100AC, 0x8000'0002);
    CHECK(b.read32(0x100A8) == 0x8000'000A);
    fault(2);
    CHECK(b.read32(0x100A8) == 0x0000'000A);  // the next overflow
    b.write32(0x100AC, 0x0000'000A);
    fault(1);
    CHECK(b.read32(0x100A8) == 0x0000'000B);
  });
}

TEST_CASE("an aborted write to the PRI queue fails its request and all others until it is acknowledged") {
  Bench b;
  b.run([&] {
    b.enable();
    b.memory.aborts_at = Bench::kPriq + 0x10;
    b.page_request(6);
    CHECK(b.read32(0x100C8) == 1);
    b.page_request(7);
    check_failure(b, 1, 7);
    CHECK(b.read32(0x60) == 0x8);   // PRIQ_ABT_ERR
    CHECK(b.read32(0x100C8) == 1);  // synchronous: PROD stays (7.2.2, 8.2)
    b.memory.aborts_at = ~u64{0};
    b.page_request(8);
    check_failure(b, 2, 8);
    b.page_request(9, false);
    check_failure(b, 3, 9);
    b.page_request(10, true, false);  // a Stop Marker, never answered
    Bench::delay(50);
    CHECK(b.received.size() == 3);
    CHECK(b.read32(0x100C8) == 1);  // and no overflow either
    b.write32(0x64, 0x8);
    b.page_request(11);
    CHECK(b.read32(0x100C8) == 2);
    CHECK(b.memory.load(Bench::kPriq + 0x18) == (Bench::kVa | 11));
    CHECK(b.received.size() == 3);
  });
}

}  // namespace smmu_vp::test
