// Split-stage ATS (STE.EATS = 0b10): requests answered with IPAs, and Translated transactions that stage 2
// translates (3.9.1, 13.6.3, 13.6.5, 13.7).
#include "tests/unit/smmu_nested.h"
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

using transport::DmaStatus;

namespace {

constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid, kLeaf = Bench::kPte + 8 * 0x167;
constexpr u64 kSafe = 0x1F, kFast = 0x0F;  // CR0 with and without ATSCHK
constexpr u64 kS2Read = 0x40, kS2Write = 0x80;

// Nested translation of the process, with split-stage ATS and S1DSS 0b01. Stage 2 maps the block of the
// tables onto itself, that of the data elsewhere.
void enable_split(Bench& b, u32 cr0 = kSafe) {
  b.enable(cr0);
  enable_stage2(b, true);
  b.memory.store(kSte + 8, 0x2000'0001);
}
void change_cr0(Bench& b, u32 value) {
  b.write32(0x20, value);
  Bench::until([&] { return b.read32(0x24) == value; });
}
}  // namespace

TEST_CASE("split-stage ATS: a request is answered with the IPA and an access to the IPA reaches the PA") {
  Bench b(both_stages());
  b.run([&] {
    CHECK((b.read32(0x0) >> 11 & 1) == 0);  // IDR0.NS1ATS
    enable_split(b);
    // What the TLB holds of ordinary traffic is of both stages and tells no IPA.
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
    // A second one hits what the first left in the TLB.
    const u64 walks = b.counter("smmu.walks");
    CHECK(b.translated(kDataIpa + 0x1000, true, 0x33).ok);  // of the same 2 MB block
    CHECK(b.memory.load(kDataPa + 0x1000) == 0x33);
    CHECK(b.counter("smmu.walks") == walks);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("split-stage ATS: the completion has the smaller of both sizes") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kS2L2 + 8, 0x52'0003);  // 4 KB pages of stage 2 for IPA 2 to 4 MB
    for (u64 i = 0; i < 512; ++i) b.memory.store(0x52'0000 + 8 * i, (kDataPa + (i << 12)) | 0x7FF);
    CHECK(request(b, Bench::kVa).translation.log2_size == 12);
    const u64 block = Bench::kVa & ~u64{0x1F'FFFF};
    b.memory.store(Bench::kPmd + 8 * 0x1A2, kDataIpa | 0x0060'0000'0000'0F41);  // a 2 MB block of stage 1
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

TEST_CASE("split-stage ATS: rights are those of both stages and faults of either deny silently") {
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
    constexpr u64 kUserRw = 0xF43, kUserRo = 0xFC3, kPrivRw = 0xF03, kS2Rw = kDataPa | kBlock;
    CHECK(granted(kUserRw, kS2Rw) == "RW--");
    CHECK(granted(kUserRo, kS2Rw) == "R---");
    CHECK(granted(kUserRw, kS2Rw & ~kS2Write) == "R---");
    CHECK(granted(kUserRw, kS2Rw & ~kS2Read) == "-W--");
    CHECK(granted(kUserRw, kS2Rw & ~(kS2Read | kS2Write)) == "----");
    CHECK(granted(kPrivRw, kS2Rw) == "----");
    CHECK(granted(kPrivRw, kS2Rw, false, true) == "RW-P");
    CHECK(granted(kUserRw, kS2Rw, true) == "RWX-");
    CHECK(granted(kUserRw, kS2Rw | u64{2} << 53, true) == "RW--");  // stage 2 XN
    CHECK(granted(0, kS2Rw) == "----");                             // F_TRANSLATION of stage 1
    CHECK(granted(kUserRw, 0) == "----");                           // of stage 2
    CHECK(granted(kUserRw & ~u64{0x400}, kS2Rw) == "----");         // F_ACCESS
    CHECK(granted(kUserRw, kS2Rw & ~u64{0x400}) == "----");
    CHECK(b.events() == 0);
  });
}

TEST_CASE("split-stage ATS: without a PASID stage 1 is skipped and the IPA is answered as it came") {
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
    b.memory.store(kS2L2 + 8, (kDataPa | kBlock) & ~kS2Write);
    forget(b);
    CHECK(rights(request(b, kDataIpa, false)) == "R---");
    CHECK(rights(request(b, u64{1} << 40, false)) == "----");  // beyond S2T0SZ
    CHECK(rights(request(b, u64{1} << 48, false)) == "----");  // beyond IAS
    CHECK(b.events() == 0);
  });
}

TEST_CASE(
    "split-stage ATS: what stage 2 refuses a Translated transaction is aborted and recorded as ordinary") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kS2L2 + 8, (kDataPa | kBlock) & ~kS2Write);
    CHECK(b.translated(kDataIpa, false).ok);
    CHECK(b.translated(kDataIpa + 0x18, true, 1).status == DmaStatus::kAborted);
    check_event(b, 0, 0x13, 0b10, kDataIpa);
    CHECK(b.event_word(0, 2) == kDataIpa + 0x18);  // InputAddr
    CHECK((b.event_word(0, 0) >> 11 & 1) == 0);    // SSV: PASIDs are not looked at
    CHECK((b.event_word(0, 0) >> 32) == Bench::kSid);
    CHECK((b.event_word(0, 1) >> 31 & 1) == 0);          // Stall
    CHECK((b.event_word(0, 1) >> 33 & 0b111) == 0b000);  // PnU, InD, RnW: unprivileged data, a write
    CHECK(b.translated(0x123'4000'0018, false).status == DmaStatus::kAborted);  // beyond S2T0SZ
    check_event(b, 1, 0x10, 0b10, 0x123'4000'0000);
    CHECK(b.translated(u64{1} << 48, false).status == DmaStatus::kAborted);  // beyond IAS: of stage 1
    CHECK((b.event_word(2, 0) & 0xFF) == 0x11);
    CHECK((b.event_word(2, 1) >> 39 & 1) == 0);
    CHECK(b.events() == 3);
    b.memory.store(kS2L2 + 8, 0xFF00'0003);                                 // no memory: F_WALK_EABT
    b.memory.store(kSte + 16, b.memory.load(kSte + 16) & ~(u64{1} << 58));  // S2R
    forget(b);
    CHECK(b.translated(kDataIpa, false).status == DmaStatus::kAborted);
    CHECK((b.event_word(3, 0) & 0xFF) == 0x0B);
    CHECK((b.event_word(3, 1) >> 39 & 1) == 1);
    CHECK(b.event_word(3, 3) == 0xFF00'0000);  // FetchAddr
    b.memory.store(kS2L2 + 8, 0);
    forget(b);
    CHECK(b.translated(kDataIpa, false).status == DmaStatus::kAborted);
    CHECK(b.events() == 4);  // S2R is 0
  });
}

TEST_CASE("split-stage ATS: INSTCFG and PRIVCFG decide what stage 2 checks and what goes out") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    constexpr u64 kPrivX = u64{3} << 53;  // XN[1:0] 0b11: EL1 alone executes
    b.memory.store(kS2L2 + 8, kDataPa | kBlock | kPrivX);
    CHECK(b.translated(kDataIpa, false).ok);
    const auto overrides = [&](u64 instcfg, u64 privcfg) {
      b.memory.store(kSte + 8, 0x2000'0001 | privcfg << 48 | instcfg << 50);
      forget(b);
      return b.translated(kDataIpa, false).ok;
    };
    CHECK_FALSE(overrides(3, 0));  // an unprivileged instruction read
    check_event(b, 0, 0x13, 0b10, kDataIpa);
    CHECK((b.event_word(0, 1) >> 33 & 0b111) == 0b110);  // RnW, InD
    CHECK(overrides(3, 3));
    CHECK(overrides(2, 0));
  });
}

TEST_CASE("split-stage ATS: a Translated transaction over two pages goes where stage 2 maps each") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kS2L2 + 8, 0x52'0003);
    b.memory.store(0x52'0000, kDataPa | 0x7FF);
    b.memory.store(0x52'0008, (kDataPa + 0x8000) | 0x7FF);
    b.memory.store(kDataPa + 0xFF8, 0xAA);
    b.memory.store(kDataPa + 0x8000, 0xBB);
    DmaExtension ext;
    ext.stream_id = Bench::kSid;
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

TEST_CASE("split-stage ATS: EATS 0b10 counts as 0b00 for STEs read while ATSCHK is 0") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b, kFast);
    CHECK(request(b, Bench::kVa).status == DmaStatus::kUnsupportedRequest);
    CHECK((b.event_word(0, 0) & 0xFF) == 0x05);  // F_BAD_ATS_TREQ
    // Fast mode looks nothing up: an address is a PA whatever the STE says (3.9.2).
    CHECK(b.translated(kDataPa, true, 9).ok);
    CHECK(b.memory.load(kDataPa) == 9);
    // The STE is cached with ATSCHK as it was, until it is invalidated (6.3.9.2).
    change_cr0(b, kSafe);
    CHECK(request(b, Bench::kVa).status == DmaStatus::kUnsupportedRequest);
    CHECK(b.translated(kDataIpa, false).status == DmaStatus::kAborted);
    CHECK((b.event_word(2, 0) & 0xFF) == 0x07);  // F_TRANSL_FORBIDDEN
    b.command(0x0000'0003'0000'0003, 1);         // CMD_CFGI_STE
    b.sync();
    CHECK(rights(request(b, Bench::kVa)) == "RW--");
    CHECK(b.translated(kDataIpa, false).data == 9);
    CHECK(b.events() == 3);
  });
}

TEST_CASE("split-stage ATS: CMD_TLBI_S2_IPA reaches what Translated transactions left in the TLB") {
  Bench b(both_stages());
  b.run([&] {
    enable_split(b);
    b.memory.store(kDataPa, 1);
    b.memory.store(0x80'0000, 2);
    CHECK(b.translated(kDataIpa, false).data == 1);
    b.memory.store(kS2L2 + 8, 0x80'0000 | kBlock);
    b.command(0x0042'0009'0000'0012, kDataIpa);  // CMD_TLBI_NH_VA(VMID 9, ASID 0x42): a VA, not an IPA
    b.sync();
    CHECK(b.translated(kDataIpa, false).data == 1);
    b.command(0x0000'0009'0000'002A, (kDataIpa + 0x3000) | 1);  // any address of the block, Leaf
    b.sync();
    CHECK(b.translated(kDataIpa, false).data == 2);
  });
}

TEST_CASE("split-stage ATS with HTTU: requests and accesses mark stage 2 and what is clean may be written") {
  Bench b(both_stages(2));
  b.run([&] {
    enable_split(b);
    const u64 s2 = kS2L2 + 8;
    b.memory.store(kSte + 16, b.memory.load(kSte + 16) | u64{3} << 55);  // S2HD, S2HA
    const u64 clean = (kDataPa | kBlock | u64{1} << 51) & ~(kS2Write | u64{0x400});
    b.memory.store(s2, clean);
    CHECK(rights(request(b, Bench::kVa, true, true)) == "R---");  // NW
    CHECK((b.memory.load(s2) & kS2Write) == 0);
    b.memory.store(s2, clean);
    CHECK(rights(request(b, Bench::kVa)) == "RW--");
    b.memory.store(s2, clean);  // what a Translated access finds need not be what the request left
    forget(b);
    CHECK(b.translated(kDataIpa, false).ok);
    CHECK((b.memory.load(s2) & (kS2Write | 0x400)) == 0x400);
    CHECK(b.translated(kDataIpa, true, 5).ok);
    CHECK((b.memory.load(s2) & kS2Write) == kS2Write);
    CHECK(b.memory.load(kDataPa) == 5);
    CHECK(b.events() == 0);
  });
}

}  // namespace smmu_vp::test
