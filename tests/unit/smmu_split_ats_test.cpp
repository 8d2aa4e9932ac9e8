// Split-stage ATS (STE.EATS = 0b10): requests answered with IPAs, and Translated transactions that stage 2
// translates (3.9.1, 13.6.3, 13.6.5, 13.7).
#include "tests/unit/smmu_nested.h"
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

using transport::DmaStatus;

namespace {

constexpr u64 kSte = Bench::ste_at(), kLeaf = Bench::kPte + 8 * 0x167;
constexpr u32 kSafe = cr0::kAll, kFast = cr0::all_but(cr0::ATSCHK);
constexpr u64 kSplit = ste::kSplitAts | ste::kDssBypass;

// Nested translation of the process, with split-stage ATS; without a SubstreamID stage 2 alone. Stage 2
// identity-maps the block of the tables and maps that of the data elsewhere.
void enable_split(Bench& b, u32 cr0 = kSafe) {
  b.enable(cr0);
  enable_stage2(b, true);
  b.memory.store(kSte + 8, kSplit);
}
}  // namespace

TEST_CASE("with split-stage ATS a request is answered with the IPA and an access to the IPA reaches the PA") {
  Bench b(both_stages());
  b.run([&] {
    CHECK_FALSE(idr::ns1ats(b.read32(reg::IDR0)));
    enable_split(b);
    // TLB entries of ordinary traffic combine both stages and do not hold the IPA.
    CHECK(b.dma(Bench::kVa, true, 0x11).ok);
    for (int again = 0; again < 2; ++again) {
      const DmaResult r = request(b, Bench::kVa + 0x123);
      CHECK(r.status == DmaStatus::kSuccess);
      CHECK(rights(r) == "RW--");
      CHECK(r.translation.address == kDataIpa);
      CHECK(r.translation.log2_size == 12);
      CHECK_FALSE(r.translation.untranslated_only);
    }
    CHECK(b.memory.load(kDataPa) == 0x11);
    CHECK(b.translated(kDataIpa, false).data == 0x11);
    CHECK(b.translated(kDataIpa + 8, true, 0x22).ok);
    CHECK(b.memory.load(kDataPa + 8) == 0x22);
    CHECK(b.dma(Bench::kVa + 8, false).data == 0x22);
    // A second access hits the first one's TLB entry.
    const u64 walks = b.counter("smmu.walks");
    CHECK(b.translated(kDataIpa + 0x1000, true, 0x33).ok);  // of the same 2 MB block
    CHECK(b.memory.load(kDataPa + 0x1000) == 0x33);
    CHECK(b.counter("smmu.walks") == walks);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("with split-stage ATS the completion has the smaller of both sizes") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kS2L2 + 8, 0x52'0000 | pte::kTable);  // 4 KB pages of stage 2 for IPA 2 to 4 MB
    for (u64 i = 0; i < 512; ++i) b.memory.store(0x52'0000 + 8 * i, (kDataPa + (i << 12)) | kS2Page);
    CHECK(request(b, Bench::kVa).translation.log2_size == 12);
    const u64 block = Bench::kVa & ~u64{0x1F'FFFF};
    b.memory.store(Bench::kPmd + 8 * 0x1A2,
                   kDataIpa | pte::kUserData | pte::kBlock);  // a 2 MB block of stage 1
    forget(b);
    DmaResult r = request(b, Bench::kVa);
    CHECK(r.translation.log2_size == 12);
    CHECK(r.translation.address == kDataIpa + (Bench::kVa - block));
    b.memory.store(kS2L2 + 8, kDataPa | kBlock);
    forget(b);
    r = request(b, Bench::kVa);
    CHECK(r.translation.log2_size == 21);
    CHECK(r.translation.address == kDataIpa);
  });
}

TEST_CASE(
    "with split-stage ATS rights are those of both stages and faults of either grant none without a record") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    const auto granted = [&](u64 s1, u64 s2, bool exec = false, bool priv = false) {
      b.memory.store(kLeaf, kDataIpa | s1);
      b.memory.store(kS2L2 + 8, s2);
      forget(b);
      const DmaResult r = request(b, Bench::kVa, true, false, exec, priv);
      CHECK(r.status == DmaStatus::kSuccess);
      if (!r.translation.read && !r.translation.write) {
        CHECK(r.translation.log2_size == 12);
        CHECK(r.translation.address == Bench::kVa);
      }
      return rights(r);
    };
    constexpr u64 kPrivRw = pte::kNg | pte::kAf | pte::kInnerShareable | pte::kPage,
                  kUserRw = kPrivRw | pte::kUser, kUserRo = kUserRw | pte::kReadOnly,
                  kS2Rw = kDataPa | kBlock;
    CHECK(granted(kUserRw, kS2Rw) == "RW--");
    CHECK(granted(kUserRo, kS2Rw) == "R---");
    CHECK(granted(kUserRw, kS2Rw & ~s2::kWrite) == "R---");
    CHECK(granted(kUserRw, kS2Rw & ~s2::kRead) == "-W--");
    CHECK(granted(kUserRw, kS2Rw & ~(s2::kRead | s2::kWrite)) == "----");
    CHECK(granted(kPrivRw, kS2Rw) == "----");
    CHECK(granted(kPrivRw, kS2Rw, false, true) == "RW-P");
    CHECK(granted(kUserRw, kS2Rw, true) == "RWX-");
    CHECK(granted(kUserRw, kS2Rw | s2::xn(0b10), true) == "RW--");
    CHECK(granted(0, kS2Rw) == "----");                    // F_TRANSLATION of stage 1
    CHECK(granted(kUserRw, 0) == "----");                  // of stage 2
    CHECK(granted(kUserRw & ~pte::kAf, kS2Rw) == "----");  // F_ACCESS
    CHECK(granted(kUserRw, kS2Rw & ~s2::kAf) == "----");
    CHECK(b.events() == 0);
  });
}

TEST_CASE("with split-stage ATS without a PASID stage 1 is bypassed and the IPA is returned unchanged") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    DmaResult r = request(b, kDataIpa + 0x1234, false, false, true, true);
    CHECK(r.status == DmaStatus::kSuccess);
    CHECK(rights(r) == "RW--");  // neither Exe nor Priv without a PASID
    CHECK(r.translation.address == kDataIpa);
    CHECK(r.translation.log2_size == 21);  // stage 2's own
    r = request(b, kDataIpa, false);       // from the TLB
    CHECK(r.translation.address == kDataIpa);
    CHECK(b.translated(kDataIpa + 8, true, 7).ok);
    CHECK(b.memory.load(kDataPa + 8) == 7);
    b.memory.store(kS2L2 + 8, (kDataPa | kBlock) & ~s2::kWrite);
    forget(b);
    CHECK(rights(request(b, kDataIpa, false)) == "R---");
    CHECK(rights(request(b, u64{1} << 40, false)) == "----");  // beyond S2T0SZ
    CHECK(rights(request(b, u64{1} << 48, false)) == "----");  // beyond IAS
    CHECK(b.events() == 0);
  });
}

TEST_CASE(
    "with split-stage ATS a Translated transaction that stage 2 refuses is aborted and recorded like an "
    "ordinary one") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kS2L2 + 8, (kDataPa | kBlock) & ~s2::kWrite);
    CHECK(b.translated(kDataIpa, false).ok);
    CHECK(b.translated(kDataIpa + 0x18, true, 1).status == DmaStatus::kAborted);
    check_event(b, 0, event::F_PERMISSION, event::kClassIN, kDataIpa);
    CHECK(b.event(0).input_address() == kDataIpa + 0x18);
    CHECK(!b.event(0).ssv());  // PASIDs are ignored
    CHECK(b.event(0).sid() == Bench::kSid);
    CHECK(!b.event(0).stall());
    CHECK(b.event(0).attributes() == 0);                                        // unprivileged data, a write
    CHECK(b.translated(0x123'4000'0018, false).status == DmaStatus::kAborted);  // beyond S2T0SZ
    check_event(b, 1, event::F_TRANSLATION, event::kClassIN, 0x123'4000'0000);
    CHECK(b.translated(u64{1} << 48, false).status == DmaStatus::kAborted);  // beyond IAS: of stage 1
    CHECK(b.event(2).type() == event::F_ADDR_SIZE);
    CHECK(!b.event(2).s2());
    CHECK(b.events() == 3);
    b.memory.store(kS2L2 + 8, 0xFF00'0000 | pte::kTable);  // no memory: F_WALK_EABT
    b.memory.store(kSte + 16, b.memory.load(kSte + 16) & ~ste::S2R);
    forget(b);
    CHECK(b.translated(kDataIpa, false).status == DmaStatus::kAborted);
    CHECK(b.event(3).type() == event::F_WALK_EABT);
    CHECK(b.event(3).s2());
    CHECK(b.event(3).fetch_address() == 0xFF00'0000);
    b.memory.store(kS2L2 + 8, 0);
    forget(b);
    CHECK(b.translated(kDataIpa, false).status == DmaStatus::kAborted);
    CHECK(b.events() == 4);  // S2R is 0
  });
}

TEST_CASE(
    "with split-stage ATS INSTCFG and PRIVCFG determine what stage 2 checks and which attributes go out") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    constexpr u64 kPrivX = s2::xn(0b11);  // EL1 alone executes
    b.memory.store(kS2L2 + 8, kDataPa | kBlock | kPrivX);
    CHECK(b.translated(kDataIpa, false).ok);
    const auto overrides = [&](u64 instcfg, u64 privcfg) {
      b.memory.store(kSte + 8, kSplit | ste::privcfg(privcfg) | ste::instcfg(instcfg));
      forget(b);
      return b.translated(kDataIpa, false).ok;
    };
    CHECK_FALSE(overrides(3, 0));  // an unprivileged instruction read
    check_event(b, 0, event::F_PERMISSION, event::kClassIN, kDataIpa);
    CHECK(b.event(0).attributes() == (event::kRnW | event::kInD));
    CHECK(overrides(3, 3));
    CHECK(overrides(2, 0));
  });
}

TEST_CASE("with split-stage ATS a Translated transaction over two pages goes where stage 2 maps each") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kS2L2 + 8, 0x52'0000 | pte::kTable);
    b.memory.store(0x52'0000, kDataPa | kS2Page);
    b.memory.store(0x52'0008, (kDataPa + 0x8000) | kS2Page);
    b.memory.store(kDataPa + 0xFF8, 0xAA);
    b.memory.store(kDataPa + 0x8000, 0xBB);
    DmaExtension ext;
    ext.who.sid = Bench::kSid;
    ext.at = transport::AddressType::kTranslated;
    CHECK(b.send(ext, kDataIpa + 0xFF8, false, 0, 16, 0).data == 0xAA);
    CHECK(b.counter("smmu.translated") == 2);
    b.memory.store(0x52'0008, 0);
    forget(b);
    CHECK_FALSE(b.send(ext, kDataIpa + 0xFF8, true, 0xCC, 16, 0).ok);
    CHECK(b.memory.load(kDataPa + 0xFF8) == 0xCC);
    CHECK(b.memory.load(kDataPa + 0x8000) == 0xBB);
    CHECK(b.events() == 1);
  });
}

TEST_CASE("with split-stage ATS EATS 0b10 counts as 0b00 for STEs read while ATSCHK is 0") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b, kFast);
    CHECK(request(b, Bench::kVa).status == DmaStatus::kUnsupportedRequest);
    CHECK(b.event(0).type() == event::F_BAD_ATS_TREQ);
    // Without ATSCHK nothing is looked up: an address is a PA whatever the STE says (3.9.2).
    CHECK(b.translated(kDataPa, true, 9).ok);
    CHECK(b.memory.load(kDataPa) == 9);
    // The cached STE keeps the ATSCHK value of its fetch until it is invalidated (6.3.9.2).
    b.set_cr0(kSafe);
    CHECK(request(b, Bench::kVa).status == DmaStatus::kUnsupportedRequest);
    CHECK(b.translated(kDataIpa, false).status == DmaStatus::kAborted);
    CHECK(b.event(2).type() == event::F_TRANSL_FORBIDDEN);
    b.command(cmd::cfgi_ste(Bench::kSid));
    b.sync();
    CHECK(rights(request(b, Bench::kVa)) == "RW--");
    CHECK(b.translated(kDataIpa, false).data == 9);
    CHECK(b.events() == 3);
  });
}

TEST_CASE("with split-stage ATS CMD_TLBI_S2_IPA invalidates TLB entries of Translated transactions") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kDataPa, 1);
    b.memory.store(0x80'0000, 2);
    CHECK(b.translated(kDataIpa, false).data == 1);
    b.memory.store(kS2L2 + 8, 0x80'0000 | kBlock);
    b.command(cmd::tlbi_nh_va(Bench::kAsid, kDataIpa, {}, 9));  // a VA, not an IPA
    b.sync();
    CHECK(b.translated(kDataIpa, false).data == 1);
    b.command(cmd::tlbi_s2_ipa(9, kDataIpa + 0x3000, {.leaf = true}));  // any address of the block
    b.sync();
    CHECK(b.translated(kDataIpa, false).data == 2);
  });
}

TEST_CASE(
    "with split-stage ATS and HTTU requests and accesses update stage 2 and a clean page may be written") {
  Bench b(both_stages(2));
  b.run([&] {
    enable_split(b);
    const u64 s2 = kS2L2 + 8;
    b.memory.store(kSte + 16, b.memory.load(kSte + 16) | ste::S2HD | ste::S2HA);
    const u64 clean = (kDataPa | kBlock | s2::kDbm) & ~(s2::kWrite | s2::kAf);
    b.memory.store(s2, clean);
    CHECK(rights(request(b, Bench::kVa, true, true)) == "R---");  // NW
    CHECK((b.memory.load(s2) & s2::kWrite) == 0);
    b.memory.store(s2, clean);
    CHECK(rights(request(b, Bench::kVa)) == "RW--");
    b.memory.store(s2, clean);  // may have changed since the request
    forget(b);
    CHECK(b.translated(kDataIpa, false).ok);
    CHECK((b.memory.load(s2) & (s2::kWrite | s2::kAf)) == s2::kAf);
    CHECK(b.translated(kDataIpa, true, 5).ok);
    CHECK((b.memory.load(s2) & s2::kWrite) == s2::kWrite);
    CHECK(b.memory.load(kDataPa) == 5);
    CHECK(b.events() == 0);
  });
}

}  // namespace smmu_vp::test
