// PRI queue overflow: which requests are answered, the contents of the answer, and what the check of STE.PPAR
// records (8.1, 8.2).
#include "tests/unit/smmu_bench.h"

namespace smmu_vp::test {

namespace {

constexpr u64 kSte = Bench::ste_at();

// The queue holds four.
void overflow(Bench& b) {
  for (u16 i = 0; i < 4; ++i) b.page_request(i, false);
  CHECK(b.read32(reg::PRIQ_PROD) == 4);
  CHECK(b.received.empty());
}
// The answer to a request with a PASID and Last.
MessageExtension answer(Bench& b, u32 sid) {
  MessageExtension m;
  m.kind = MessageKind::kPageRequest;
  m.who = {sid, Bench::kPasid};
  m.address = Bench::kVa;
  m.intent.read = m.last = true;
  m.prg_index = 7;
  const std::size_t before = b.received.size();
  b.upstream(m);
  Bench::until([&] { return b.received.size() == before + 1; });
  CHECK(b.received.back().who.sid == sid);
  CHECK(b.received.back().prg_index == 7);
  return b.received.back();
}
void check_failure(const MessageExtension& response) {
  CHECK(response.response_code == prg::kResponseFailure);
  CHECK_FALSE(response.who.pasid);
}

}  // namespace

TEST_CASE("PRI overflow reads the STE only for requests that get an answer") {
  Bench b;
  unsigned reads = 0;
  b.memory.before_access = [&](u64 address, bool) { reads += address == kSte; };
  b.run([&] {
    b.enable();
    b.set_cr2(cr2::RECINVSID | cr2::REC_CFG_ATS);  // STE.V is 0
    overflow(b);
    b.page_request(4, false);
    b.page_request(5, true, false);  // neither R nor W: a Stop Marker
    Bench::delay(50);
    CHECK(b.read32(reg::PRIQ_PROD) == (queue::OVFLG | 4));
    CHECK(b.received.empty());
    CHECK(reads == 0);
    CHECK(b.events() == 0);
    check_failure(answer(b, Bench::kSid));
    CHECK(reads == 1);
    CHECK(b.events() == 1);
  });
}

TEST_CASE("at a PRI overflow PPAR of a valid STE is used whatever its Config") {
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr2(cr2::RECINVSID | cr2::REC_CFG_ATS);
    overflow(b);
    for (const u64 config : {ste::V, ste::kBypass | ste::V,
                             Bench::kCds | ste::s1_cd_max(5) | ste::kStage1 | ste::V}) {  // the first aborts
      CAPTURE(config);
      for (const bool ppar : {true, false}) {
        b.memory.store(kSte, config);
        b.memory.store(kSte + 8, ppar ? ste::PPAR : 0);
        b.command(cmd::cfgi_all());
        const MessageExtension response = answer(b, Bench::kSid);
        CHECK(response.response_code == 0);
        CHECK(response.who.pasid.has_value() == ppar);
        if (ppar) CHECK(response.who.pasid == Bench::kPasid);
      }
    }
    CHECK(b.events() == 0);
  });
}

TEST_CASE("at a PRI overflow errors of the PPAR check are recorded with REC_CFG_ATS") {
  Bench b;
  b.run([&] {
    b.enable();
    overflow(b);
    constexpr u32 kUnknown = 0x100;  // beyond a table of 256
    const auto all_three = [&] {
      b.command(cmd::cfgi_all());          // an STE that is not valid may be cached (3.21.3)
      check_failure(answer(b, kUnknown));  // C_BAD_STREAMID
      b.memory.aborts_at = kSte;
      check_failure(answer(b, Bench::kSid));  // F_STE_FETCH
      b.memory.aborts_at = ~u64{0};
      check_failure(answer(b, Bench::kSid));  // C_BAD_STE: V is 0
    };
    b.set_cr2(cr2::RECINVSID);
    all_three();
    CHECK(b.events() == 0);
    b.set_cr2(cr2::REC_CFG_ATS);
    all_three();
    CHECK(b.events() == 2);
    b.set_cr2(cr2::RECINVSID | cr2::REC_CFG_ATS);
    all_three();
    CHECK(b.events() == 5);
    CHECK(b.event(2).head() == event::head(event::C_BAD_STREAMID, 0x100, Bench::kPasid));
    for (const u32 i : {0u, 3u}) {
      CHECK(b.event(i).head() == event::head(event::F_STE_FETCH, Bench::kSid, Bench::kPasid));
      CHECK(b.event(i).fetch_address() == kSte);
      CHECK(b.event(i + 1).head() == event::head(event::C_BAD_STE, Bench::kSid, Bench::kPasid));
    }
  });
}

TEST_CASE("a Stop Marker has no response even if SSIDSIZE is 0") {
  core::SmmuConfig config;
  config.features.ssid_bits = 0;
  Bench b(config);
  b.run([&] {
    CHECK(idr::ssidsize(b.read32(reg::IDR1)) == 0);
    b.enable(cr0::all_but(cr0::PRIQEN));
    b.page_request(1, true, false);
    Bench::delay(50);
    CHECK(b.received.empty());
    check_failure(answer(b, Bench::kSid));
    b.received.clear();
    b.set_cr0(cr0::kAll);
    overflow(b);
    b.page_request(2, true, false);
    Bench::delay(50);
    CHECK(b.received.empty());
    const MessageExtension response = answer(b, Bench::kSid);
    CHECK(response.response_code == 0);  // 8.1: the STE, which is invalid, need not be read
    CHECK_FALSE(response.who.pasid);
  });
}

}  // namespace smmu_vp::test
