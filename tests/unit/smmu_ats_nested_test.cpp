// Translation Requests of nested streams with full ATS: when stage 2 is consulted at all, and the answers for
// its faults on a CD or a table (3.9.1.2, 13.7.1).
#include "tests/unit/smmu_nested.h"
#include "tests/unit/smmu_translation_request.h"

namespace smmu_vp::test {

using transport::DmaStatus;

namespace {

constexpr u64 kSte = Bench::ste_at(), kCd = Bench::cd_at();
constexpr u64 kLeaf = Bench::kPte + 8 * 0x167, kDataBlock = kS2L2 + 8;
constexpr u64 kNowhere = 0xFF00'0000 | pte::kTable;  // a table at an address without memory: F_WALK_EABT
constexpr u64 kFullAts = ste::kFullAts | ste::kDssBypass;
constexpr u64 kInstruction = ste::instcfg(0b11), kPrivileged = ste::privcfg(0b11);
constexpr u64 kUserX = pte::kInnerShareable | pte::kAf | pte::kNg | pte::kPxn |
                       pte::kPage;                                     // EL0 may only execute: AP 0b00, PXN
constexpr u64 kUserRo = pte::kUserData | pte::kReadOnly | pte::kPage;  // EL0 may only read: AP 0b11, UXN
constexpr u64 kUserRoX = (pte::kUserData & ~pte::kUxn) | pte::kReadOnly | pte::kPage;  // and executes

void enable_full_ats(Bench& b, u64 more = 0) {
  b.enable();
  b.set_cr2(cr2::RECINVSID | cr2::REC_CFG_ATS);
  enable_stage2(b, true, more);
  b.memory.store(kSte + 8, kFullAts);
}
// A request for the bench's page, with this stage 1 descriptor and these STE overrides.
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

TEST_CASE("with nested ATS a page that stage 1 grants no access to meets no fault of stage 2") {
  Bench b(both_stages());
  b.run([&] {
    enable_full_ats(b);
    b.memory.store(kDataBlock, kNowhere);
    // 13.7.1: execute-only is no access, whether Exe is asked for or not.
    check_no_access(request_of(b, kUserX, 0, true), "----");
    check_no_access(request_of(b, kUserX, 0, false), "----");
    // With INSTCFG Instruction the right to execute is what permits a read.
    check_no_access(request_of(b, kUserRo, kInstruction, true), "----");
    check_no_access(request_of(b, kUserRo, kInstruction, false), "----");
    CHECK(b.events() == 0);
    // Each of these pages where it is accessible: stage 2 is consulted, and aborts.
    CHECK(request_of(b, kUserX, kInstruction, true).status == DmaStatus::kCompleterAbort);
    CHECK(request_of(b, kUserRo, 0, false).status == DmaStatus::kCompleterAbort);
    CHECK(request_of(b, kUserX, kPrivileged, false).status == DmaStatus::kCompleterAbort);  // EL1: AP 0b00
    CHECK(b.events() == 3);
    for (const u32 i : {0u, 1u, 2u}) {
      CHECK(b.event(i).type() == event::F_WALK_EABT);
      CHECK(b.event(i).s2());
      CHECK(b.event(i).cls() == event::kClassIN);
      CHECK(b.event(i).fetch_address() == 0xFF00'0000);  // the first page of the block
    }
  });
}

TEST_CASE("with nested ATS a page that stage 1 grants no access to is not marked accessed at stage 2") {
  Bench b(both_stages(1));
  b.run([&] {
    enable_full_ats(b, ste::S2HA);
    b.memory.store(kDataBlock, kDataPa | (kBlock & ~s2::kAf));
    check_no_access(request_of(b, kUserX, 0, true), "----");
    check_no_access(request_of(b, kUserRo, kInstruction, true), "----");
    CHECK((b.memory.load(kDataBlock) & s2::kAf) == 0);
    CHECK(rights(request_of(b, kUserRoX, 0, true)) == "R-X-");
    CHECK((b.memory.load(kDataBlock) & s2::kAf) == s2::kAf);
    b.memory.store(kDataBlock, kDataPa | (kBlock & ~s2::kAf));
    CHECK(rights(request_of(b, kUserX, kInstruction, true)) == "R-X-");
    CHECK((b.memory.load(kDataBlock) & s2::kAf) == s2::kAf);
    CHECK(b.events() == 0);
  });
}

TEST_CASE("with nested ATS stage 2 faults for a CD or a table grant no access and aborts are CA") {
  struct Place {
    const char* what;
    u64 slot;   // its block's slot in the stage 2 table
    u64 block;  // the block's descriptor
    u64 cls;    // 7.3
    u64 fetch;  // FetchAddr when that slot maps to no memory
  };
  constexpr u64 kTop = 0x80'0000;  // the first table, in a block of its own
  const Place places[] = {
      {"CD", kS2L2, kBlock, event::kClassCD, 0xFF00'0300},  // IPA 0x6'0140
      {"table", kS2L2 + 8 * 4, kTop | kBlock, event::kClassTT, 0xFF00'0000},
  };
  Bench b(both_stages());
  b.run([&] {
    enable_full_ats(b);
    b.memory.store(kTop + 8 * 0xFE, Bench::kPud | pte::kTable);
    b.memory.store(kCd + 8, kTop);
    CHECK(rights(request(b, Bench::kVa, true, false, false, true)) == "RW-P");
    u32 recorded = 0;
    for (const bool recording : {false, true}) {
      b.set_cr2(recording ? cr2::REC_CFG_ATS : 0);
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
        check_no_access(answer(0), "---P");                         // F_TRANSLATION
        check_no_access(answer(place.block & ~s2::kAf), "---P");    // F_ACCESS
        check_no_access(answer(place.block & ~s2::kRead), "---P");  // F_PERMISSION
        CHECK(b.events() == recorded);
        CHECK(answer(kNowhere).status == DmaStatus::kCompleterAbort);
        if (recording) {
          CHECK(b.event(recorded).head() == event::head(event::F_WALK_EABT, Bench::kSid, Bench::kPasid));
          CHECK(b.event(recorded).cls() == place.cls);
          CHECK(b.event(recorded).s2());
          CHECK((b.event(recorded).w[1] & event::kPnU) != 0);
          CHECK(b.event(recorded).input_address() == Bench::kVa + 0x123);
          CHECK(b.event(recorded).fetch_address() == place.fetch);
          ++recorded;
        }
        CHECK(b.events() == recorded);
      }
    }
    forget(b);
    CHECK(rights(request(b, Bench::kVa)) == "RW--");
  });
}

TEST_CASE("with nested ATS a CD whose fetch stage 2 aborts is reported with the overridden attributes") {
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
      return b.event(before).attributes() & ~event::kRnW;  // which is UNKNOWN (3.9.1.2)
    };
    CHECK(attributes(0, false, false) == 0);
    CHECK(attributes(kPrivileged, false, false) == event::kPnU);
    CHECK(attributes(kInstruction, false, false) == event::kInD);
    CHECK(attributes(ste::privcfg(0b10) | ste::instcfg(0b10), true, true) == 0);  // Unprivileged, Data
    CHECK(attributes(0, true, true) == (event::kInD | event::kPnU));
  });
}

}  // namespace smmu_vp::test
