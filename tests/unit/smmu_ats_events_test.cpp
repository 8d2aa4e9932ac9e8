// The event records caused by Translation Requests and Translated transactions (3.9.1.2, 3.9.1.3, 7.3).
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

using transport::DmaStatus;

namespace {

constexpr u64 kSte = Bench::ste_at(), kCd = Bench::cd_at();
constexpr u64 kData = ste::instcfg(0b10), kInstruction = ste::instcfg(0b11);
constexpr u64 kUnprivileged = ste::privcfg(0b10), kPrivileged = ste::privcfg(0b11);

}  // namespace

TEST_CASE("F_BAD_ATS_TREQ reports the number of translations and the rights requested") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    // EATS 0b00; the overrides do not affect the record (7.3.6).
    b.memory.store(kSte + 8, ste::kDssBypass | kData | kUnprivileged);
    u32 seen = 0;
    const auto check = [&](const DmaResult& r, u64 asked, bool pasid = true) {
      CHECK(r.status == DmaStatus::kUnsupportedRequest);
      REQUIRE(b.events() == seen + 1);
      CHECK(b.event(seen).head() == (pasid ? event::head(event::F_BAD_ATS_TREQ, Bench::kSid, Bench::kPasid)
                                           : event::head(event::F_BAD_ATS_TREQ, Bench::kSid)));
      CHECK(b.event(seen).w[1] == asked);
      CHECK(b.event(seen).input_address() == Bench::kVa);
      CHECK(b.event(seen).fetch_address() == 0);
      ++seen;
    };
    check(b.translation_request(Bench::kVa + 0x123), event::kAsksR | event::kAsksW | 1);
    check(b.translation_request(Bench::kVa, true, 8), event::kAsksR | 8);
    check(request(b, Bench::kVa, true, false, true, true),
          event::kAsksR | event::kAsksW | event::kAsksX | event::kAsksP | 1);
    // 13.7: neither Exe nor Priv without a PASID.
    check(request(b, Bench::kVa, false, false, true, true), event::kAsksR | event::kAsksW | 1, false);
    b.set_cr0(cr0::all_but(cr0::SMMUEN));
    check(b.translation_request(Bench::kVa, false, 5), event::kAsksR | event::kAsksW | 5);
  });
}

TEST_CASE("the record of a translation request carries PnU and InD as the STE overrides them") {
  struct Row {
    const char* what;
    u64 overrides;
    bool pasid, exec, priv;
    u64 attributes;  // RnW is UNKNOWN (3.9.1.2)
  };
  const Row rows[] = {
      {"as asked", 0, true, true, true, event::kInD | event::kPnU},
      {"not asked", 0, true, false, false, 0},
      {"INSTCFG Instruction", kInstruction, true, false, false, event::kInD},
      {"INSTCFG Data", kData, true, true, false, 0},
      {"PRIVCFG Privileged", kPrivileged, true, false, false, event::kPnU},
      {"PRIVCFG Unprivileged", kUnprivileged, true, false, true, 0},
      {"without a PASID", 0, false, true, true, 0},  // 13.7: neither Exe nor Priv
      {"without a PASID but overridden", kInstruction | kPrivileged, false, false, false,
       event::kInD | event::kPnU},
  };
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr2(cr2::RECINVSID | cr2::REC_CFG_ATS);
    b.bind_process();
    // No memory at the tables' address: F_WALK_EABT. CD 0 is the same, for requests without a PASID.
    b.memory.store(kCd + 8, 0xFF00'0000);
    for (const u64 word : {0, 8, 24}) b.memory.store(Bench::kCds + word, b.memory.load(kCd + word));
    u32 seen = 0;
    for (const Row& row : rows) {
      CAPTURE(row.what);
      b.memory.store(kSte + 8, ste::kFullAts | ste::kDssSubstream0 | row.overrides);
      forget(b);
      const DmaResult r = request(b, Bench::kVa + 0x123, row.pasid, true, row.exec, row.priv);
      CHECK(r.status == DmaStatus::kCompleterAbort);
      REQUIRE(b.events() == (seen + 1) % 16);
      CHECK(b.event(seen).head() == (row.pasid ? event::head(event::F_WALK_EABT, Bench::kSid, Bench::kPasid)
                                               : event::head(event::F_WALK_EABT, Bench::kSid)));
      CHECK((b.event(seen).attributes() & ~event::kRnW) == row.attributes);
      CHECK(b.event(seen).cls() == event::kClassTT);
      CHECK_FALSE(b.event(seen).s2());
      CHECK(b.event(seen).input_address() == Bench::kVa + 0x123);
      CHECK(b.event(seen).fetch_address() == 0xFF00'07F0);
      seen = (seen + 1) % 16;
      b.write32(reg::EVENTQ_CONS, seen);
    }
  });
}

TEST_CASE("an STE that cannot be fetched is CA for a request and an abort for a Translated transaction") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.aborts_at = kSte;
    b.set_cr2(cr2::RECINVSID);
    CHECK(b.translation_request(Bench::kVa).status == DmaStatus::kCompleterAbort);
    CHECK(b.translated(Bench::kPage, false).status == DmaStatus::kAborted);
    CHECK(b.events() == 0);
    b.set_cr2(cr2::REC_CFG_ATS);
    CHECK(b.translation_request(Bench::kVa).status == DmaStatus::kCompleterAbort);
    CHECK(b.translated(Bench::kPage, false).status == DmaStatus::kAborted);
    CHECK(b.events() == 2);
    CHECK(b.event(0).head() == event::head(event::F_STE_FETCH, Bench::kSid, Bench::kPasid));
    CHECK(b.event(1).head() == event::head(event::F_STE_FETCH, Bench::kSid));  // 3.9.1.3: SSV is treated as 0
    for (const u32 i : {0u, 1u}) CHECK(b.event(i).fetch_address() == kSte);    // 7.3.4
    b.memory.aborts_at = ~u64{0};
    CHECK(rights(b.translation_request(Bench::kVa)) == "RW--");
    CHECK(b.translated(Bench::kPage, false).ok);
  });
}

TEST_CASE("a request that S1DSS disables is CA and its record has only the StreamID") {
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr2(cr2::REC_CFG_ATS);
    b.bind_process();
    b.memory.store(kSte + 8, ste::kFullAts | ste::kDssTerminate);
    CHECK(request(b, Bench::kVa, false).status == DmaStatus::kCompleterAbort);
    b.memory.store(kSte + 8, ste::kFullAts | ste::kDssSubstream0);  // not PASID 0
    forget(b);
    DmaExtension ext;
    ext.who = {Bench::kSid, 0};
    ext.at = transport::AddressType::kTranslationRequest;
    CHECK(b.send(ext, Bench::kVa, false, 0, 8, 0).status == DmaStatus::kCompleterAbort);
    CHECK(b.events() == 2);
    for (const u32 i : {0u, 1u}) {
      CHECK(b.event(i).head() == event::head(event::F_STREAM_DISABLED, Bench::kSid));  // 7.3.7
      for (const unsigned word : {1u, 2u, 3u}) CHECK(b.event(i).w[word] == 0);
    }
  });
}

}  // namespace smmu_vp::test
