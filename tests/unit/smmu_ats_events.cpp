// The words of the events that Translation Requests and Translated transactions cause
// (3.9.1.2, 3.9.1.3, 7.3).
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

using transport::DmaStatus;

namespace {

constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid, kCd = Bench::kCds + 64 * Bench::kPasid;
constexpr u64 kData = u64{2} << 50, kInstruction = u64{3} << 50;         // INSTCFG
constexpr u64 kUnprivileged = u64{2} << 48, kPrivileged = u64{3} << 48;  // PRIVCFG

}  // namespace

TEST_CASE("F_BAD_ATS_TREQ tells how many translations were asked for and with which rights") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    // EATS 0b00; the overrides do not reach the record (7.3.6).
    b.memory.store(kSte + 8, 0x1 | kData | kUnprivileged);
    u32 seen = 0;
    const auto check = [&](const DmaResult& r, u64 w0, u64 w1) {
      CHECK(r.status == DmaStatus::kUnsupportedRequest);
      REQUIRE(b.events() == seen + 1);
      CHECK(b.event_word(seen, 0) == w0);
      CHECK(b.event_word(seen, 1) == w1);  // R, W, X, P in bits 31 to 28 and Span
      CHECK(b.event_word(seen, 2) == Bench::kVa);
      CHECK(b.event_word(seen, 3) == 0);
      ++seen;
    };
    check(b.translation_request(Bench::kVa + 0x123), 0x0000'0003'0000'5805, 0xC000'0001);
    check(b.translation_request(Bench::kVa, true, 8), 0x0000'0003'0000'5805, 0x8000'0008);
    check(request(b, Bench::kVa, true, false, true, true), 0x0000'0003'0000'5805, 0xF000'0001);
    // 13.7: neither Exe nor Priv without a PASID.
    check(request(b, Bench::kVa, false, false, true, true), 0x0000'0003'0000'0005, 0xC000'0001);
    b.write32(0x20, 0x1E);  // SMMUEN
    Bench::until([&] { return b.read32(0x24) == 0x1E; });
    check(b.translation_request(Bench::kVa, false, 5), 0x0000'0003'0000'5805, 0xC000'0005);
  });
}

TEST_CASE("the record of a translation request carries PnU and InD as the STE overrides them") {
  struct Row {
    const char* what;
    u64 overrides;
    bool pasid, exec, priv;
    u64 attributes;  // InD, PnU; RnW is UNKNOWN (3.9.1.2)
  };
  const Row rows[] = {
      {"as asked", 0, true, true, true, 0b11},
      {"not asked", 0, true, false, false, 0b00},
      {"INSTCFG Instruction", kInstruction, true, false, false, 0b10},
      {"INSTCFG Data", kData, true, true, false, 0b00},
      {"PRIVCFG Privileged", kPrivileged, true, false, false, 0b01},
      {"PRIVCFG Unprivileged", kUnprivileged, true, false, true, 0b00},
      {"without a PASID", 0, false, true, true, 0b00},  // 13.7: neither Exe nor Priv
      {"without a PASID but overridden", kInstruction | kPrivileged, false, false, false, 0b11},
  };
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr2(0xA);  // REC_CFG_ATS
    b.bind_process();
    // No memory where the tables are: F_WALK_EABT. CD 0 is the same, for requests without a PASID.
    b.memory.store(kCd + 8, 0xFF00'0000);
    for (const u64 word : {0, 8, 24}) b.memory.store(Bench::kCds + word, b.memory.load(kCd + word));
    u32 seen = 0;
    for (const Row& row : rows) {
      CAPTURE(row.what);
      b.memory.store(kSte + 8, 0x1000'0002 | row.overrides);  // EATS, S1DSS 0b10
      forget(b);
      const DmaResult r = request(b, Bench::kVa + 0x123, row.pasid, true, row.exec, row.priv);
      CHECK(r.status == DmaStatus::kCompleterAbort);
      REQUIRE(b.events() == (seen + 1) % 16);
      CHECK(b.event_word(seen, 0) == (row.pasid ? 0x0000'0003'0000'580B : 0x0000'0003'0000'000B));
      CHECK((b.event_word(seen, 1) >> 33 & 0b11) == row.attributes);
      CHECK((b.event_word(seen, 1) >> 39 & 0b111) == 0b010);  // CLASS TT, stage 1
      CHECK(b.event_word(seen, 2) == Bench::kVa + 0x123);
      CHECK(b.event_word(seen, 3) == 0xFF00'07F0);  // FetchAddr
      seen = (seen + 1) % 16;
      b.write32(0x100AC, seen);
    }
  });
}

TEST_CASE("an STE that cannot be fetched is CA for a request and an abort for a Translated transaction") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.memory.aborts_at = kSte;
    b.set_cr2(0x2);
    CHECK(b.translation_request(Bench::kVa).status == DmaStatus::kCompleterAbort);
    CHECK(b.translated(Bench::kPage, false).status == DmaStatus::kAborted);
    CHECK(b.events() == 0);
    b.set_cr2(0x8);  // REC_CFG_ATS
    CHECK(b.translation_request(Bench::kVa).status == DmaStatus::kCompleterAbort);
    CHECK(b.translated(Bench::kPage, false).status == DmaStatus::kAborted);
    CHECK(b.events() == 2);
    CHECK(b.event_word(0, 0) == 0x0000'0003'0000'5803);
    CHECK(b.event_word(1, 0) == 0x0000'0003'0000'0003);              // 3.9.1.3: as though SSV was 0
    for (const u32 i : {0u, 1u}) CHECK(b.event_word(i, 3) == kSte);  // FetchAddr (7.3.4)
    b.memory.aborts_at = ~u64{0};
    CHECK(rights(b.translation_request(Bench::kVa)) == "RW--");
    CHECK(b.translated(Bench::kPage, false).ok);
  });
}

TEST_CASE("a request that S1DSS disables is CA and its record names the stream alone") {
  Bench b;
  b.run([&] {
    b.enable();
    b.set_cr2(0x8);  // REC_CFG_ATS
    b.bind_process();
    b.memory.store(kSte + 8, 0x1000'0000);  // S1DSS 0b00
    CHECK(request(b, Bench::kVa, false).status == DmaStatus::kCompleterAbort);
    b.memory.store(kSte + 8, 0x1000'0002);  // S1DSS 0b10: not PASID 0
    forget(b);
    DmaExtension ext;
    ext.stream_id = Bench::kSid;
    ext.has_pasid = true;
    ext.at = transport::AddressType::kTranslationRequest;
    CHECK(b.send(ext, Bench::kVa, false, 0, 8, 0).status == DmaStatus::kCompleterAbort);
    CHECK(b.events() == 2);
    for (const u32 i : {0u, 1u}) {
      CHECK(b.event_word(i, 0) == 0x0000'0003'0000'0006);  // 7.3.7
      for (const unsigned word : {1u, 2u, 3u}) CHECK(b.event_word(i, word) == 0);
    }
  });
}

}  // namespace smmu_vp::test
