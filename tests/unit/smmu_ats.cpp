// Translation Requests and Translated transactions through the SMMU, a row of 3.9.1.2, 3.9.1.3 and 13.7 each.
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

namespace {

using transport::DmaStatus;

constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid, kCd = Bench::kCds + 64 * Bench::kPasid;
constexpr u64 kLeaf = Bench::kPte + 8 * 0x167;

struct Requester {
  Bench& b;
  // CMD_CFGI_ALL, CMD_TLBI_NSNH_ALL: what memory says now counts.
  void forget() { test::forget(b); }
  DmaResult request(bool no_write = false, bool exec = false, bool priv = false, bool pasid = true,
                    u64 va = Bench::kVa + 0x123) {
    return test::request(b, va, pasid, no_write, exec, priv);
  }
  // The number of the last event, if one came since the last look; else 0.
  u64 event() {
    const u32 prod = b.events();
    const u64 found = prod == seen ? 0 : b.event_word(prod - 1, 0) & 0xFF;
    seen = prod;
    b.write32(0x100AC, prod);
    return found;
  }
  u32 seen = 0;
};

// A change of memory, and what Translation Requests then answer.
struct Row {
  const char* what;
  u64 address, value;
  DmaStatus status;
  u64 event;  // recorded with CR2.REC_CFG_ATS
};

}  // namespace

TEST_CASE("translation requests: each configuration that refuses them and each error they can meet") {
  // F_BAD_ATS_TREQ is recorded without REC_CFG_ATS too; configuration errors and aborts only with it.
  constexpr u64 kBadTreq = 0x05;
  const Row rows[] = {
      {"STE.Config 0b000", kSte, Bench::kCds | 0x1, DmaStatus::kUnsupportedRequest, 0},
      {"STE.Config 0b100", kSte, 0x9, DmaStatus::kUnsupportedRequest, kBadTreq},
      {"STE.EATS 0b00", kSte + 8, 0x1, DmaStatus::kUnsupportedRequest, kBadTreq},
      {"C_BAD_STE", kSte, 0, DmaStatus::kCompleterAbort, 0x04},
      {"C_BAD_SUBSTREAMID", kSte, 0x1000'0000'0000'000B | Bench::kCds, DmaStatus::kCompleterAbort, 0x08},
      {"F_CD_FETCH", kSte, 0x2800'0000'0000'000B | 0xFF00'0000, DmaStatus::kCompleterAbort, 0x09},
      {"C_BAD_CD", kCd, 0, DmaStatus::kCompleterAbort, 0x0A},
      {"F_WALK_EABT", kCd + 8, 0xFF00'0000, DmaStatus::kCompleterAbort, 0x0B},
      {"F_TRANSLATION", kLeaf, 0, DmaStatus::kSuccess, 0},
      {"F_ADDR_SIZE", kCd, 0x0042'E200'C000'3510, DmaStatus::kSuccess, 0},  // IPS 32 bits
      {"F_ACCESS", kLeaf, Bench::kPage | 0x0060'0000'0000'0B43, DmaStatus::kSuccess, 0},
      {"F_PERMISSION", kLeaf, Bench::kPage | 0x0060'0000'0000'0F03, DmaStatus::kSuccess, 0},
  };
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(0, 0x1'0000'0000);
    Requester r{b};
    for (const bool recording : {false, true}) {
      b.set_cr2(recording ? 0xA : 0x2);  // REC_CFG_ATS is bit 3, RECINVSID bit 1
      for (const Row& row : rows) {
        CAPTURE(row.what);
        CAPTURE(recording);
        const u64 before = b.memory.load(row.address);
        b.memory.store(row.address, row.value);
        r.forget();
        const DmaResult got = r.request();
        CHECK(got.status == row.status);
        CHECK(r.event() == (recording || row.event == kBadTreq ? row.event : 0));
        if (row.status == DmaStatus::kSuccess) {
          CHECK(rights(got) == "----");
          CHECK(got.translation.log2_size == 12);  // the smallest translation unit
          CHECK(got.translation.address == (Bench::kVa & ~0xFFFull));
        }
        b.memory.store(row.address, before);
      }
      r.forget();
      CHECK(rights(r.request()) == "RW--");
      CHECK(r.event() == 0);
    }
  });
}

TEST_CASE("translation requests of unknown streams and traffic that S1DSS disables get CA") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    Requester r{b};
    DmaExtension ext;
    ext.stream_id = 0x100;  // beyond a table of 256
    ext.at = transport::AddressType::kTranslationRequest;
    CHECK(b.send(ext, Bench::kVa, false, 0, 8, 0).status == DmaStatus::kCompleterAbort);
    b.memory.store(kSte + 8, 0x1000'0000);  // S1DSS 0b00
    r.forget();
    CHECK(r.request(false, false, false, false).status == DmaStatus::kCompleterAbort);
    b.memory.store(kSte + 8, 0x1000'0001);  // 0b01: skips the only stage
    r.forget();
    const DmaResult identity = r.request(false, true, true, false, 0x1234'5000);
    CHECK(identity.status == DmaStatus::kSuccess);
    CHECK(rights(identity) == "RW--");  // without a PASID there is neither Exe nor Priv
    CHECK_FALSE(identity.translation.untranslated_only);
    CHECK(identity.translation.address == 0x1234'5000);
    CHECK(rights(r.request(false, false, false, false, u64{1} << 48)) == "----");  // beyond the output size
  });
}

TEST_CASE("translation requests are granted what 13.7 says for each kind of page and request") {
  struct Page {
    const char* what;
    u64 attributes;
    const char* plain;
    const char* exec;
    const char* priv;
    const char* priv_exec;
  };
  // AF, SH, nG; AP[2:1] in bits 7:6; PXN bit 53, UXN bit 54.
  constexpr u64 kBase = 0xF03, kPxn = u64{1} << 53, kUxn = u64{1} << 54;
  const Page pages[] = {
      {"User-RW Priv-RW UXN", kBase | 0x40 | kUxn, "RW--", "RW--", "RW-P", "RW-P"},
      {"User-RW Priv-RW", kBase | 0x40, "RW--", "RWX-", "RW-P",
       "RW-P"},  // EL1 never executes what EL0 writes
      {"User-RO Priv-RO", kBase | 0xC0 | kPxn, "R---", "R-X-", "R--P", "R--P"},
      {"User-RO Priv-RO X", kBase | 0xC0, "R---", "R-X-", "R--P", "R-XP"},
      {"Priv-RW UXN PXN", kBase | kUxn | kPxn, "----", "----", "RW-P", "RW-P"},
      {"User-X Priv-RW", kBase | kPxn, "----", "----", "RW-P", "RW-P"},
      {"Priv-RO X UXN", kBase | 0x80 | kUxn, "----", "----", "R--P", "R-XP"},
  };
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    Requester r{b};
    for (const Page& page : pages) {
      CAPTURE(page.what);
      b.memory.store(kLeaf, Bench::kPage | page.attributes);
      r.forget();
      CHECK(rights(r.request()) == page.plain);
      CHECK(rights(r.request(false, true)) == page.exec);
      CHECK(rights(r.request(false, false, true)) == page.priv);
      CHECK(rights(r.request(false, true, true)) == page.priv_exec);
      CHECK(r.event() == 0);
      CHECK_FALSE(r.request().translation.global);  // always with a PASID (3.9.1)
    }
  });
}

TEST_CASE("Translated transactions with ATSCHK: each configuration that refuses them and each error") {
  const Row rows[] = {
      {"STE.Config 0b000", kSte, 0x1, DmaStatus::kAborted, 0},
      {"STE.Config 0b100", kSte, 0x9, DmaStatus::kAborted, 0x07},
      {"STE.EATS 0b00", kSte + 8, 0x1, DmaStatus::kAborted, 0x07},
      {"C_BAD_STE", kSte, 0, DmaStatus::kAborted, 0x04},
      {"a CD that is invalid does not matter", kCd, 0, DmaStatus::kSuccess, 0},
      {"S1DSS 0b00 does not either", kSte + 8, 0x1000'0000, DmaStatus::kSuccess, 0},  // 7.3.7, PASIDTT is 0
  };
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    Requester r{b};
    for (const bool recording : {false, true}) {
      b.set_cr2(recording ? 0x8 : 0x0);  // RECINVSID has no say
      for (const Row& row : rows) {
        CAPTURE(row.what);
        CAPTURE(recording);
        const u64 before = b.memory.load(row.address);
        b.memory.store(row.address, row.value);
        r.forget();
        CHECK(b.translated(Bench::kPage, true, 1).status == row.status);
        CHECK(r.event() == (row.event == 0x07 || recording ? row.event : 0));
        b.memory.store(row.address, before);
      }
      DmaExtension ext;
      ext.stream_id = 0x100;
      ext.at = transport::AddressType::kTranslated;
      CHECK(b.send(ext, Bench::kPage, false, 0, 8, 0).status == DmaStatus::kAborted);
      CHECK(r.event() == (recording ? 0x02 : 0));
      r.forget();
      CHECK(b.translated(u64{1} << 48, false).status == DmaStatus::kAborted);  // 3.9.1.1
      CHECK(r.event() == 0);
    }
  });
}

TEST_CASE("without ATSCHK Translated transactions pass whatever the stream's configuration") {
  Bench b;
  b.run([&] {
    b.enable(0x0F);
    CHECK(b.translated(Bench::kPage, true, 7).ok);
    CHECK(b.memory.load(Bench::kPage) == 7);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("with IDR3.PPS the automatic response to an overflow repeats the PASID unasked") {
  core::SmmuConfig config;
  config.features.pps = true;
  Bench b(config);
  b.run([&] {
    CHECK((b.read32(0xC) >> 5 & 1) == 1);
    b.enable();
    for (u16 i = 0; i < 5; ++i) b.page_request(i, false);  // the queue holds four; there is no STE at all
    b.page_request(5);
    Bench::until([&] { return b.received.size() == 1; });
    CHECK(b.received[0].response_code == 0);
    CHECK(b.received[0].has_pasid);
    CHECK(b.received[0].pasid == Bench::kPasid);
  });
}

TEST_CASE("a request for several translations is answered page by page in ascending order") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(1, 0x30'0000);
    b.map(2, 0x40'0000, false);
    b.map(4, 0x50'0000);  // 3 is not mapped
    const DmaResult r = b.translation_request(Bench::kVa, false, 5);
    CHECK(r.status == DmaStatus::kSuccess);
    CHECK(r.translation.address == Bench::kPage);
    REQUIRE(r.following.count == 4);
    const auto& f = r.following.entries;
    CHECK(f[0].address == 0x30'0000);
    CHECK(f[0].write);
    CHECK(f[1].address == 0x40'0000);
    CHECK(f[1].read);
    CHECK_FALSE(f[1].write);
    // 3.9.1.2: no access is said of that page alone, and nothing is recorded.
    CHECK_FALSE(f[2].read);
    CHECK_FALSE(f[2].write);
    CHECK(f[2].log2_size == 12);
    CHECK(f[3].address == 0x50'0000);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("translations of one completion have one size") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    // 2 MB blocks in place of the page's table and of the next one's; behind them a table of pages.
    b.memory.store(Bench::kPmd + 8 * 0x1A2, 0x0060'0000'0800'0741);
    b.memory.store(Bench::kPmd + 8 * 0x1A3, 0x0060'0000'0900'0741);
    b.memory.store(Bench::kPmd + 8 * 0x1A4, Bench::kPte | 3);
    const DmaResult r = b.translation_request(Bench::kVa, true, 8);
    CHECK(r.translation.log2_size == 21);
    REQUIRE(r.following.count == 1);
    CHECK(r.following.entries[0].log2_size == 21);
    CHECK(r.following.entries[0].address == 0x900'0000);
  });
}

TEST_CASE("an ATC invalidation is complete after as many completions as it announces and in any order") {
  Bench b;
  b.run([&] {
    b.enable();
    b.submit(0x0000'0003'0000'5840, Bench::kVa);
    b.submit(0x0000'0003'0000'5840, Bench::kVa + 0x1000);
    b.submit(0x46);
    Bench::until([&] { return b.received.size() == 2; });
    MessageExtension m;
    m.kind = MessageKind::kInvalidateCompletion;
    m.stream_id = 4;  // another function's
    m.itag_vector = ~0u;
    b.upstream(m);
    m.stream_id = Bench::kSid;
    m.itag_vector = 1u << b.received[1].itag;
    m.completion_count = 2;
    b.upstream(m);
    Bench::delay(10);
    CHECK_FALSE(b.consumed());
    b.complete_invalidation(b.received[0]);
    Bench::delay(10);
    CHECK_FALSE(b.consumed());
    b.upstream(m);
    Bench::until([&] { return b.consumed(); });
  });
}

}  // namespace smmu_vp::test
