// Translation Requests and Translated transactions through the SMMU, each row of 3.9.1.2, 3.9.1.3 and 13.7.
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

namespace {

using transport::DmaStatus;

constexpr u64 kSte = Bench::ste_at(), kCd = Bench::cd_at();
constexpr u64 kLeaf = Bench::kPte + 8 * 0x167;

struct Requester {
  Bench& b;
  // Invalidates everything cached, so that memory's current contents are used.
  void forget() { test::forget(b); }
  DmaResult request(bool no_write = false, bool exec = false, bool priv = false, bool pasid = true,
                    u64 va = Bench::kVa + 0x123) {
    return test::request(b, va, pasid, no_write, exec, priv);
  }
  // The number of the last event if one was recorded since the last call, otherwise 0.
  u64 event() {
    const u32 prod = b.events();
    const u64 found = prod == seen ? 0 : u64{b.event(prod - 1).type()};
    seen = prod;
    b.write32(reg::EVENTQ_CONS, prod);
    return found;
  }
  u32 seen = 0;
};

// A change of memory, and the answer to a Translation Request after it.
struct Row {
  const char* what;
  u64 address, value;
  DmaStatus status;
  u64 event;  // recorded with CR2.REC_CFG_ATS
};

}  // namespace

TEST_CASE("translation requests get the right answer for each refusing configuration and each error") {
  // F_BAD_ATS_TREQ is recorded without REC_CFG_ATS too; configuration errors and aborts only with it.
  constexpr u64 kBadTreq = event::F_BAD_ATS_TREQ;
  const Row rows[] = {
      {"STE.Config 0b000", kSte, Bench::kCds | ste::V, DmaStatus::kUnsupportedRequest, 0},
      {"STE.Config 0b100", kSte, ste::kBypass | ste::V, DmaStatus::kUnsupportedRequest, kBadTreq},
      {"STE.EATS 0b00", kSte + 8, ste::kDssBypass, DmaStatus::kUnsupportedRequest, kBadTreq},
      {"C_BAD_STE", kSte, 0, DmaStatus::kCompleterAbort, event::C_BAD_STE},
      {"C_BAD_SUBSTREAMID", kSte, Bench::kCds | ste::s1_cd_max(2) | ste::kStage1 | ste::V,
       DmaStatus::kCompleterAbort, event::C_BAD_SUBSTREAMID},
      {"F_CD_FETCH", kSte, 0xFF00'0000 | ste::s1_cd_max(5) | ste::kStage1 | ste::V,
       DmaStatus::kCompleterAbort, event::F_CD_FETCH},
      {"C_BAD_CD", kCd, 0, DmaStatus::kCompleterAbort, event::C_BAD_CD},
      {"F_WALK_EABT", kCd + 8, 0xFF00'0000, DmaStatus::kCompleterAbort, event::F_WALK_EABT},
      {"F_TRANSLATION", kLeaf, 0, DmaStatus::kSuccess, 0},
      {"F_ADDR_SIZE", kCd, (Bench::kCd0 & ~cd::ips(0b111)) | cd::R, DmaStatus::kSuccess, 0},
      {"F_ACCESS", kLeaf, Bench::kPage | (pte::kUserData & ~pte::kAf) | pte::kPage, DmaStatus::kSuccess, 0},
      {"F_PERMISSION", kLeaf, Bench::kPage | (pte::kUserData & ~pte::kUser) | pte::kPage, DmaStatus::kSuccess,
       0},
  };
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    b.map(0, 0x1'0000'0000);
    Requester r{b};
    for (const bool recording : {false, true}) {
      b.set_cr2(recording ? cr2::RECINVSID | cr2::REC_CFG_ATS : cr2::RECINVSID);
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
    ext.who.sid = 0x100;  // beyond a table of 256
    ext.at = transport::AddressType::kTranslationRequest;
    CHECK(b.send(ext, Bench::kVa, false, 0, 8, 0).status == DmaStatus::kCompleterAbort);
    b.memory.store(kSte + 8, ste::kFullAts | ste::kDssTerminate);
    r.forget();
    CHECK(r.request(false, false, false, false).status == DmaStatus::kCompleterAbort);
    b.memory.store(kSte + 8, ste::kFullAts | ste::kDssBypass);  // bypasses the only stage
    r.forget();
    const DmaResult identity = r.request(false, true, true, false, 0x1234'5000);
    CHECK(identity.status == DmaStatus::kSuccess);
    CHECK(rights(identity) == "RW--");  // there is no Exe or Priv without a PASID
    CHECK_FALSE(identity.translation.untranslated_only);
    CHECK(identity.translation.address == 0x1234'5000);
    CHECK(rights(r.request(false, false, false, false, u64{1} << 48)) == "----");  // beyond the output size
  });
}

TEST_CASE("translation requests get the rights of 13.7 for each kind of page and request") {
  struct Page {
    const char* what;
    u64 attributes;
    const char* plain;
    const char* exec;
    const char* priv;
    const char* priv_exec;
  };
  using pte::kPxn, pte::kUxn, pte::kUser, pte::kReadOnly;
  constexpr u64 kBase = pte::kNg | pte::kAf | pte::kInnerShareable | pte::kPage;
  const Page pages[] = {
      {"User-RW Priv-RW UXN", kBase | kUser | kUxn, "RW--", "RW--", "RW-P", "RW-P"},
      {"User-RW Priv-RW", kBase | kUser, "RW--", "RWX-", "RW-P",
       "RW-P"},  // EL1 never executes what EL0 writes
      {"User-RO Priv-RO", kBase | kUser | kReadOnly | kPxn, "R---", "R-X-", "R--P", "R--P"},
      {"User-RO Priv-RO X", kBase | kUser | kReadOnly, "R---", "R-X-", "R--P", "R-XP"},
      {"Priv-RW UXN PXN", kBase | kUxn | kPxn, "----", "----", "RW-P", "RW-P"},
      {"User-X Priv-RW", kBase | kPxn, "----", "----", "RW-P", "RW-P"},
      {"Priv-RO X UXN", kBase | kReadOnly | kUxn, "----", "----", "R--P", "R-XP"},
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

TEST_CASE(
    "Translated transactions with ATSCHK get the right response for each refusing configuration and each "
    "error") {
  const Row rows[] = {
      {"STE.Config 0b000", kSte, ste::V, DmaStatus::kAborted, 0},
      {"STE.Config 0b100", kSte, ste::kBypass | ste::V, DmaStatus::kAborted, event::F_TRANSL_FORBIDDEN},
      {"STE.EATS 0b00", kSte + 8, ste::kDssBypass, DmaStatus::kAborted, event::F_TRANSL_FORBIDDEN},
      {"C_BAD_STE", kSte, 0, DmaStatus::kAborted, event::C_BAD_STE},
      {"a CD that is invalid does not matter", kCd, 0, DmaStatus::kSuccess, 0},
      {"S1DSS 0b00 does not either", kSte + 8, ste::kFullAts | ste::kDssTerminate, DmaStatus::kSuccess,
       0},  // 7.3.7, PASIDTT is 0
  };
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    Requester r{b};
    for (const bool recording : {false, true}) {
      b.set_cr2(recording ? cr2::REC_CFG_ATS : 0);  // RECINVSID has no effect
      for (const Row& row : rows) {
        CAPTURE(row.what);
        CAPTURE(recording);
        const u64 before = b.memory.load(row.address);
        b.memory.store(row.address, row.value);
        r.forget();
        CHECK(b.translated(Bench::kPage, true, 1).status == row.status);
        CHECK(r.event() == (row.event == event::F_TRANSL_FORBIDDEN || recording ? row.event : 0));
        b.memory.store(row.address, before);
      }
      DmaExtension ext;
      ext.who.sid = 0x100;
      ext.at = transport::AddressType::kTranslated;
      CHECK(b.send(ext, Bench::kPage, false, 0, 8, 0).status == DmaStatus::kAborted);
      CHECK(r.event() == (recording ? u64{event::C_BAD_STREAMID} : 0));
      r.forget();
      CHECK(b.translated(u64{1} << 48, false).status == DmaStatus::kAborted);  // 3.9.1.1
      CHECK(r.event() == 0);
    }
  });
}

TEST_CASE("without ATSCHK Translated transactions pass in any configuration of the stream") {
  Bench b;
  b.run([&] {
    b.enable(cr0::all_but(cr0::ATSCHK));
    CHECK(b.translated(Bench::kPage, true, 7).ok);
    CHECK(b.memory.load(Bench::kPage) == 7);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("with IDR3.PPS the automatic response to an overflow repeats the PASID whatever STE.PPAR says") {
  core::SmmuConfig config;
  config.features.pps = true;
  Bench b(config);
  b.run([&] {
    CHECK(idr::pps(b.read32(reg::IDR3)));
    b.enable();
    for (u16 i = 0; i < 5; ++i) b.page_request(i, false);  // the queue holds four; the stream has no STE
    b.page_request(5);
    Bench::until([&] { return b.received.size() == 1; });
    CHECK(b.received[0].response_code == 0);
    CHECK(b.received[0].who.pasid == Bench::kPasid);
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
    // 3.9.1.2: only that page has no access, and nothing is recorded.
    CHECK_FALSE(f[2].read);
    CHECK_FALSE(f[2].write);
    CHECK(f[2].log2_size == 12);
    CHECK(f[3].address == 0x50'0000);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("all translations of a completion have the same size") {
  Bench b;
  b.run([&] {
    b.enable();
    b.bind_process();
    // 2 MB blocks replace the table of the page and the next table; behind them is a table of pages.
    b.memory.store(Bench::kPmd + 8 * 0x1A2, 0x800'0000 | (pte::kUserData & ~pte::kNg) | pte::kBlock);
    b.memory.store(Bench::kPmd + 8 * 0x1A3, 0x900'0000 | (pte::kUserData & ~pte::kNg) | pte::kBlock);
    b.memory.store(Bench::kPmd + 8 * 0x1A4, Bench::kPte | pte::kTable);
    const DmaResult r = b.translation_request(Bench::kVa, true, 8);
    CHECK(r.translation.log2_size == 21);
    REQUIRE(r.following.count == 1);
    CHECK(r.following.entries[0].log2_size == 21);
    CHECK(r.following.entries[0].address == 0x900'0000);
  });
}

TEST_CASE("an ATC invalidation is complete after as many completions as they announce, in any order") {
  Bench b;
  b.run([&] {
    b.enable();
    b.submit(cmd::atc_inv(Bench::kSid, Bench::kPasid, Bench::kVa, 0));
    b.submit(cmd::atc_inv(Bench::kSid, Bench::kPasid, Bench::kVa + 0x1000, 0));
    b.submit(cmd::sync());
    Bench::until([&] { return b.received.size() == 2; });
    MessageExtension m;
    m.kind = MessageKind::kInvalidateCompletion;
    m.who.sid = 4;  // of another function
    m.itag_vector = ~0u;
    b.upstream(m);
    m.who.sid = Bench::kSid;
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
