// What exists only where an ID register says so, what guards CR1, and Reserved values, against 6.3.n.
#include "tlm/spec/register_rules.h"

#include <doctest/doctest.h>

namespace smmu_vp::spec {
namespace {

struct Expected {
  u32 offset;
  u64 bits;
};

u64 present_at(u32 offset, u32 id_offset, u64 id_word) {
  return present(*find_register(offset), [&](u32 id) { return id == id_offset ? id_word : 0; });
}

}  // namespace

TEST_CASE("with ID registers of zero, writable registers have what needs no feature") {
  constexpr Expected kExpected[] = {
      {0x20, 0x0000'000D},    // CR0: SMMUEN, EVENTQEN, CMDQEN
      {0x28, 0x0000'0FFF},    // CR1
      {0x2C, 0x0000'0002},    // CR2: RECINVSID
      {0x30, 0},              // S2PII
      {0x44, 0x8010'0000},    // GBPA: Update, ABORT
      {0x50, 0x0000'0005},    // IRQ_CTRL: GERROR_IRQEN, EVENTQ_IRQEN
      {0x64, 0x0000'0105},    // GERRORN: SFM_ERR, EVENTQ_ABT_ERR, CMDQ_ERR
      {0x68, 0},              // GERROR_IRQ_CFG0
      {0x74, 0},              // GERROR_IRQ_CFG2
      {0x88, 0x0000'003F},    // STRTAB_BASE_CFG: LOG2SIZE
      {0xB0, 0},              // EVENTQ_IRQ_CFG0
      {0xC0, 0},              // PRIQ_BASE
      {0xDC, 0},              // PRIQ_IRQ_CFG2
      {0x100, 0},             // GATOS_CTRL
      {0x138, 0},             // GMPAM
      {0x180, 0},             // VATOS_SEL
      {0x200, 0},             // DPT_BASE
      {0x100C8, 0},           // PRIQ_PROD
      {0x100CC, 0},           // PRIQ_CONS
      {0x100AC, 0x800F'FFFF}  // EVENTQ_CONS
  };
  for (const Expected& e : kExpected) {
    CAPTURE(find_register(e.offset)->name);
    CHECK(present_at(e.offset, 0, 0) == e.bits);
  }
}

TEST_CASE("each feature brings its fields and registers") {
  CHECK(present_at(0x20, 0x00, 1 << 10) == 0x1D);         // IDR0.ATS: CR0.ATSCHK
  CHECK(present_at(0x20, 0x00, 1 << 16) == 0x0F);         // IDR0.PRI: CR0.PRIQEN
  CHECK(present_at(0x20, 0x00, 1 << 17) == 0x1CD);        // IDR0.VMW: CR0.VMW
  CHECK(present_at(0x2C, 0x00, 1 << 5) == 0x6);           // IDR0.BTM: CR2.PTM
  CHECK(present_at(0x2C, 0x00, 1 << 9) == 0x3);           // IDR0.Hyp: CR2.E2H
  CHECK(present_at(0x2C, 0x00, 1 << 23) == 0xA);          // IDR0.ATSRECERR: CR2.REC_CFG_ATS
  CHECK(present_at(0x44, 0x04, 1 << 26) == 0x801F'0000);  // IDR1.ATTR_PERMS_OVR: GBPA.{INSTCFG,PRIVCFG}
  CHECK(present_at(0x44, 0x04, 1 << 27) ==
        0x8010'3F1F);                                  // IDR1.ATTR_TYPES_OVR: {SHCFG,ALLOCCFG,MTCFG,MemAttr}
  CHECK(present_at(0x64, 0x00, 1 << 13) == 0x1B5);     // IDR0.MSI: the MSIs' aborts but for PRI
  CHECK(present_at(0x64, 0x00, 1 << 16) == 0x10D);     // IDR0.PRI: PRIQ_ABT_ERR
  CHECK(present_at(0x88, 0x00, 1 << 27) == 0x307FF);   // IDR0.ST_LEVEL
  CHECK(present_at(0xDC, 0x00, 1 << 16) == 1u << 31);  // PRIQ_IRQ_CFG2 without MSIs: LO
}

TEST_CASE("CR1's table attributes are guarded by SMMUEN and its queue attributes by the queues' enables") {
  CHECK(kCr1Guards[0].fields == 0xFC0);
  CHECK(kCr1Guards[0].enables == 0x1);
  CHECK(kCr1Guards[1].fields == 0x03F);
  CHECK(kCr1Guards[1].enables == 0xE);
}

}  // namespace smmu_vp::spec
