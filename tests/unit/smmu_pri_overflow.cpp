// PRI queue overflow: which requests are answered, what the answer carries, and what the check of STE.PPAR
// records (8.1, 8.2).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid;
constexpr u64 kPpar = u64{1} << 18;  // bit 82

// The queue holds four.
void overflow(Bench& b) {
  for (u16 i = 0; i < 4; ++i) b.page_request(i, false);
  CHECK(b.read32(0x100C8) == 4);
  CHECK(b.received.empty());
}
// The answer to a request with a PASID and Last.
MessageExtension answer(Bench& b, u32 sid) {
  MessageExtension m;
  m.kind = MessageKind::kPageRequest;
  m.stream_id = sid;
  m.has_pasid = true;
  m.pasid = Bench::kPasid;
  m.address = Bench::kVa;
  m.read = m.last = true;
  m.prg_index = 7;
  const std::size_t before = b.received.size();
  b.upstream(m);
  Bench::until([&] { return b.received.size() == before + 1; });
  CHECK(b.received.back().stream_id == sid);
  CHECK(b.received.back().prg_index == 7);
  return b.received.back();
}
void check_failure(const MessageExtension& response) {
  CHECK(response.response_code == 0xF);
  CHECK_FALSE(response.has_pasid);
}

}  // namespace

TEST_CASE("PRI overflow reads the STE for requests that are answered alone") {
  Bench b;
  unsigned reads = 0;
  b.memory.before_access = [&](u64 address, bool) { reads += address == kSte; };
  b.run([&] {
    b.enable();
    b.set_cr2(0xA);  // REC_CFG_ATS; STE.V is 0
    overflow(b);
    b.page_request(4, false);
    b.page_request(5, true, false);  // neither R nor W: a Stop Marker
    Bench::delay(50);
    CHECK(b.read32(0x100C8) == 0x8000'0004);  // OVFLG
    CHECK(b.received.empty());
    CHECK(reads == 0);
    CHECK(b.events() == 0);
    check_failure(answer(b, Bench::kSid));
    CHECK(reads == 1);
    CHECK(b.events() == 1);
  });
}

TEST_CASE("PRI overflow: PPAR of a valid STE counts whatever its Config") {
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr2(0xA);
    overflow(b);
    for (const u64 config : {u64{0x1}, u64{0x9}, 0x2800'0000'0000'000B | Bench::kCds}) {  // abort, bypass, S1
      CAPTURE(config);
      for (const bool ppar : {true, false}) {
        b.memory.store(kSte, config);
        b.memory.store(kSte + 8, ppar ? kPpar : 0);
        b.command(0x04, 31);
        const MessageExtension response = answer(b, Bench::kSid);
        CHECK(response.response_code == 0);
        CHECK(response.has_pasid == ppar);
        if (ppar) CHECK(response.pasid == Bench::kPasid);
      }
    }
    CHECK(b.events() == 0);
  });
}

TEST_CASE("PRI overflow: errors of the PPAR check are recorded with REC_CFG_ATS") {
  Bench b;
  b.run([&] {
    b.enable();
    overflow(b);
    constexpr u32 kUnknown = 0x100;  // beyond a table of 256
    const auto all_three = [&] {
      b.command(0x04, 31);                 // an STE that is not valid may be cached (3.21.3)
      check_failure(answer(b, kUnknown));  // C_BAD_STREAMID
      b.memory.aborts_at = kSte;
      check_failure(answer(b, Bench::kSid));  // F_STE_FETCH
      b.memory.aborts_at = ~u64{0};
      check_failure(answer(b, Bench::kSid));  // C_BAD_STE: V is 0
    };
    b.set_cr2(0x2);
    all_three();
    CHECK(b.events() == 0);
    b.set_cr2(0x8);  // REC_CFG_ATS, without RECINVSID
    all_three();
    CHECK(b.events() == 2);
    b.set_cr2(0xA);
    all_three();
    CHECK(b.events() == 5);
    CHECK(b.event_word(2, 0) == 0x0000'0100'0000'5802);
    for (const u32 i : {0u, 3u}) {
      CHECK(b.event_word(i, 0) == 0x0000'0003'0000'5803);
      CHECK(b.event_word(i, 3) == kSte);  // FetchAddr
      CHECK(b.event_word(i + 1, 0) == 0x0000'0003'0000'5804);
    }
  });
}

TEST_CASE("without SSIDSIZE too a Stop Marker has no response") {
  core::SmmuConfig config;
  config.features.ssid_bits = 0;
  Bench b(config);
  b.run([&] {
    CHECK((b.read32(0x4) >> 6 & 0x1F) == 0);  // IDR1.SSIDSIZE
    b.enable(0x1D);                           // PRIQEN 0
    b.page_request(1, true, false);
    Bench::delay(50);
    CHECK(b.received.empty());
    check_failure(answer(b, Bench::kSid));
    b.received.clear();
    b.write32(0x20, 0x1F);
    Bench::until([&] { return b.read32(0x24) == 0x1F; });
    overflow(b);
    b.page_request(2, true, false);
    Bench::delay(50);
    CHECK(b.received.empty());
    const MessageExtension response = answer(b, Bench::kSid);
    CHECK(response.response_code == 0);  // 8.1: the STE, which is not valid, need not be looked at
    CHECK_FALSE(response.has_pasid);
  });
}

}  // namespace smmu_vp::test
