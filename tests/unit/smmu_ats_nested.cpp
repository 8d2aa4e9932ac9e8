// Translation Requests of nested streams with full ATS: when stage 2 is asked at all, and what its faults on
// a CD or a table come to (3.9.1.2, 13.7.1).
#include "tests/unit/smmu_nested.h"
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

using transport::DmaStatus;

namespace {

constexpr u64 kSte = Bench::kStrtab + 64 * Bench::kSid, kCd = Bench::kCds + 64 * Bench::kPasid;
constexpr u64 kLeaf = Bench::kPte + 8 * 0x167, kDataBlock = kS2L2 + 8;
constexpr u64 kNowhere = 0xFF00'0003;  // a table where no memory is: F_WALK_EABT
constexpr u64 kFullAts = 0x1000'0001;  // EATS 0b01, S1DSS 0b01
constexpr u64 kInstruction = u64{3} << 50, kPrivileged = u64{3} << 48;  // INSTCFG, PRIVCFG
constexpr u64 kUserX = 0x0020'0000'0000'0F03;    // EL0 executes and no more: AP 0b00, PXN
constexpr u64 kUserRo = 0x0060'0000'0000'0FC3;   // EL0 reads and no more: AP 0b11, UXN
constexpr u64 kUserRoX = 0x0020'0000'0000'0FC3;  // and executes
constexpr u64 kAf = 0x400, kS2Read = 0x40;

void enable_full_ats(Bench& b, u64 more = 0) {
  b.enable();
  b.set_cr2(0xA);  // REC_CFG_ATS, RECINVSID
  enable_stage2(b, true, more);
  b.memory.store(kSte + 8, kFullAts);
}
// Of the bench's page, with what stage 1 says of it and how the STE overrides.
DmaResult request_of(Bench& b, u64 page, u64 overrides, bool exec) {
  b.memory.store(kSte + 8, kFullAts | overrides);
  b.memory.store(kLeaf, kDataIpa | page);
  forget(b);
  return request(b, Bench::kVa + 0x123, true, false, exec);
}
void check_no_access(const DmaResult& r, const char* expected) {
  CHECK(r.status == DmaStatus::kSuccess);
  CHECK(rights(r) == expected);
  CHECK(r.translation.log2_size == 12);  // the smallest translation unit
  CHECK(r.translation.address == Bench::kVa);
}

}  // namespace

TEST_CASE("nested ATS: what stage 1 grants neither read nor write meets no fault of stage 2") {
  Bench b(both_stages());
  b.run([&] {
    enable_full_ats(b);
    b.memory.store(kDataBlock, kNowhere);
    // 13.7.1: execute-only is no access, whether Exe is asked for or not.
    check_no_access(request_of(b, kUserX, 0, true), "----");
    check_no_access(request_of(b, kUserX, 0, false), "----");
    // With INSTCFG Instruction it is the right to execute that reads.
    check_no_access(request_of(b, kUserRo, kInstruction, true), "----");
    check_no_access(request_of(b, kUserRo, kInstruction, false), "----");
    CHECK(b.events() == 0);
    // Each of the pages where it is accessible: stage 2 is asked, and aborts.
    CHECK(request_of(b, kUserX, kInstruction, true).status == DmaStatus::kCompleterAbort);
    CHECK(request_of(b, kUserRo, 0, false).status == DmaStatus::kCompleterAbort);
    CHECK(request_of(b, kUserX, kPrivileged, false).status == DmaStatus::kCompleterAbort);  // EL1: AP 0b00
    CHECK(b.events() == 3);
    for (const u32 i : {0u, 1u, 2u}) {
      CHECK((b.event_word(i, 0) & 0xFF) == 0x0B);
      CHECK((b.event_word(i, 1) >> 39 & 1) == 1);     // S2
      CHECK((b.event_word(i, 1) >> 40 & 3) == 0b10);  // CLASS IN
      CHECK(b.event_word(i, 3) == 0xFF00'0000);       // FetchAddr: the first page of the block
    }
  });
}

TEST_CASE("nested ATS: what stage 1 grants neither read nor write is not marked accessed at stage 2") {
  constexpr u64 kS2Ha = u64{1} << 56;  // bit 184
  Bench b(both_stages(1));
  b.run([&] {
    enable_full_ats(b, kS2Ha);
    b.memory.store(kDataBlock, kDataPa | (kBlock & ~kAf));
    check_no_access(request_of(b, kUserX, 0, true), "----");
    check_no_access(request_of(b, kUserRo, kInstruction, true), "----");
    CHECK((b.memory.load(kDataBlock) & kAf) == 0);
    CHECK(rights(request_of(b, kUserRoX, 0, true)) == "R-X-");
    CHECK((b.memory.load(kDataBlock) & kAf) == kAf);
    b.memory.store(kDataBlock, kDataPa | (kBlock & ~kAf));
    CHECK(rights(request_of(b, kUserX, kInstruction, true)) == "R-X-");
    CHECK((b.memory.load(kDataBlock) & kAf) == kAf);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("nested ATS: stage 2 faults for a CD or a table are no access and their aborts are CA") {
  struct Place {
    const char* what;
    u64 slot;    // of its block in the stage 2 table
    u64 block;   // as it maps
    u64 class_;  // 7.3
    u64 fetch;   // FetchAddr when that slot leads nowhere
  };
  constexpr u64 kTop = 0x80'0000;  // the first table, in a block of its own
  const Place places[] = {
      {"CD", kS2L2, kBlock, 0b00, 0xFF00'0300},  // IPA 0x6'0140
      {"table", kS2L2 + 8 * 4, kTop | kBlock, 0b01, 0xFF00'0000},
  };
  Bench b(both_stages());
  b.run([&] {
    enable_full_ats(b);
    b.memory.store(kTop + 8 * 0xFE, Bench::kPud | 3);
    b.memory.store(kCd + 8, kTop);
    CHECK(rights(request(b, Bench::kVa, true, false, false, true)) == "RW-P");
    u32 recorded = 0;
    for (const bool recording : {false, true}) {
      b.set_cr2(recording ? 0x8 : 0x0);
      for (const Place& place : places) {
        CAPTURE(place.what);
        CAPTURE(recording);
        const auto answer = [&](u64 descriptor) {
          b.memory.store(place.slot, descriptor);
          forget(b);
          const DmaResult r = request(b, Bench::kVa + 0x123, true, false, false, true);
          b.memory.store(place.slot, place.block);
          return r;
        };
        check_no_access(answer(0), "---P");                       // F_TRANSLATION
        check_no_access(answer(place.block & ~kAf), "---P");      // F_ACCESS
        check_no_access(answer(place.block & ~kS2Read), "---P");  // F_PERMISSION
        CHECK(b.events() == recorded);
        CHECK(answer(kNowhere).status == DmaStatus::kCompleterAbort);
        if (recording) {
          CHECK(b.event_word(recorded, 0) == 0x0000'0003'0000'580B);
          CHECK((b.event_word(recorded, 1) >> 39 & 0b111) == (place.class_ << 1 | 1));  // CLASS, S2
          CHECK((b.event_word(recorded, 1) >> 33 & 1) == 1);                            // PnU
          CHECK(b.event_word(recorded, 2) == Bench::kVa + 0x123);
          CHECK(b.event_word(recorded, 3) == place.fetch);
          ++recorded;
        }
        CHECK(b.events() == recorded);
      }
    }
    forget(b);
    CHECK(rights(request(b, Bench::kVa)) == "RW--");
  });
}

TEST_CASE("nested ATS: a CD whose fetch stage 2 aborts is reported with the overridden attributes") {
  Bench b(both_stages());
  b.run([&] {
    enable_full_ats(b);
    const auto attributes = [&](u64 overrides, bool exec, bool priv) {
      b.memory.store(kSte + 8, kFullAts | overrides);
      b.memory.store(kS2L2, kNowhere);
      forget(b);
      const u32 before = b.events();
      CHECK(request(b, Bench::kVa, true, true, exec, priv).status == DmaStatus::kCompleterAbort);
      CHECK(b.events() == before + 1);
      return b.event_word(before, 1) >> 33 & 0b11;  // InD, PnU; RnW is UNKNOWN (3.9.1.2)
    };
    CHECK(attributes(0, false, false) == 0b00);
    CHECK(attributes(kPrivileged, false, false) == 0b01);
    CHECK(attributes(kInstruction, false, false) == 0b10);
    CHECK(attributes(u64{2} << 48 | u64{2} << 50, true, true) == 0b00);  // Unprivileged, Data
    CHECK(attributes(0, true, true) == 0b11);
  });
}

}  // namespace smmu_vp::test
