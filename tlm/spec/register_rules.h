// What the manual says of writes to registers beyond the table of registers.def: which fields and registers exist only
// where an ID register says so, what CR1's fields are guarded by, and which values are Reserved.
#pragma once

#include "tlm/spec/registers.h"

namespace smmu_vp::spec {

// These bits of a register are RES0 unless the field of the ID register is not zero ("When ... == 1", 6.3.n).
struct Presence {
  u32 offset;
  u64 bits;
  u32 id_offset;
  Field id_field;
};

inline constexpr u64 kWholeRegister = ~u64{0};

// Of registers that software may write.
inline constexpr Presence kPresence[] = {
    {offset::CR0, CR0::DPT_WALK_EN.mask(), offset::IDR3, IDR3::DPT},
    {offset::CR0, CR0::VMW.mask(), offset::IDR0, IDR0::VMW},
    {offset::CR0, CR0::ATSCHK.mask(), offset::IDR0, IDR0::ATS},
    {offset::CR0, CR0::PRIQEN.mask(), offset::IDR0, IDR0::PRI},
    {offset::CR2, CR2::REC_CFG_ATS.mask(), offset::IDR0, IDR0::ATSRECERR},
    {offset::CR2, CR2::PTM.mask(), offset::IDR0, IDR0::BTM},
    {offset::CR2, CR2::E2H.mask(), offset::IDR0, IDR0::Hyp},
    {offset::S2PII, kWholeRegister, offset::IDR3, IDR3::S2PI},
    {offset::GBPA, GBPA::SHCFG.mask(), offset::IDR1, IDR1::ATTR_TYPES_OVR},
    {offset::GBPA, GBPA::ALLOCCFG.mask(), offset::IDR1, IDR1::ATTR_TYPES_OVR},
    {offset::GBPA, GBPA::MTCFG.mask(), offset::IDR1, IDR1::ATTR_TYPES_OVR},
    {offset::GBPA, GBPA::MemAttr.mask(), offset::IDR1, IDR1::ATTR_TYPES_OVR},
    {offset::GBPA, GBPA::INSTCFG.mask(), offset::IDR1, IDR1::ATTR_PERMS_OVR},
    {offset::GBPA, GBPA::PRIVCFG.mask(), offset::IDR1, IDR1::ATTR_PERMS_OVR},
    {offset::IRQ_CTRL, IRQ_CTRL::PRIQ_IRQEN.mask(), offset::IDR0, IDR0::PRI},
    {offset::GERRORN, GERRORN::DPT_ERR.mask(), offset::IDR3, IDR3::DPT},
    {offset::GERRORN, GERRORN::CMDQP_ERR.mask(), offset::IDR1, IDR1::ECMDQ},
    {offset::GERRORN, GERRORN::MSI_CMDQ_ABT_ERR.mask(), offset::IDR0, IDR0::MSI},
    {offset::GERRORN, GERRORN::MSI_EVENTQ_ABT_ERR.mask(), offset::IDR0, IDR0::MSI},
    {offset::GERRORN, GERRORN::MSI_GERROR_ABT_ERR.mask(), offset::IDR0, IDR0::MSI},
    {offset::GERRORN, GERRORN::MSI_PRIQ_ABT_ERR.mask(), offset::IDR0, IDR0::MSI},
    {offset::GERRORN, GERRORN::MSI_PRIQ_ABT_ERR.mask(), offset::IDR0, IDR0::PRI},
    {offset::GERRORN, GERRORN::PRIQ_ABT_ERR.mask(), offset::IDR0, IDR0::PRI},
    {offset::GERROR_IRQ_CFG0, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::GERROR_IRQ_CFG1, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::GERROR_IRQ_CFG2, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::STRTAB_BASE_CFG, STRTAB_BASE_CFG::FMT.mask(), offset::IDR0, IDR0::ST_LEVEL},
    {offset::STRTAB_BASE_CFG, STRTAB_BASE_CFG::SPLIT.mask(), offset::IDR0, IDR0::ST_LEVEL},
    {offset::EVENTQ_IRQ_CFG0, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::EVENTQ_IRQ_CFG1, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::EVENTQ_IRQ_CFG2, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::PRIQ_BASE, kWholeRegister, offset::IDR0, IDR0::PRI},
    {offset::PRIQ_PROD, kWholeRegister, offset::IDR0, IDR0::PRI},
    {offset::PRIQ_CONS, kWholeRegister, offset::IDR0, IDR0::PRI},
    {offset::PRIQ_IRQ_CFG0, kWholeRegister, offset::IDR0, IDR0::PRI},
    {offset::PRIQ_IRQ_CFG0, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::PRIQ_IRQ_CFG1, kWholeRegister, offset::IDR0, IDR0::PRI},
    {offset::PRIQ_IRQ_CFG1, kWholeRegister, offset::IDR0, IDR0::MSI},
    {offset::PRIQ_IRQ_CFG2, kWholeRegister, offset::IDR0, IDR0::PRI},
    // LO does not depend on MSIs (6.3.1 MSI).
    {offset::PRIQ_IRQ_CFG2, PRIQ_IRQ_CFG2::SH.mask(), offset::IDR0, IDR0::MSI},
    {offset::PRIQ_IRQ_CFG2, PRIQ_IRQ_CFG2::MemAttr.mask(), offset::IDR0, IDR0::MSI},
    {offset::GATOS_CTRL, kWholeRegister, offset::IDR0, IDR0::ATOS},
    {offset::GATOS_SID, kWholeRegister, offset::IDR0, IDR0::ATOS},
    {offset::GATOS_ADDR, kWholeRegister, offset::IDR0, IDR0::ATOS},
    {offset::GMPAM, kWholeRegister, offset::IDR3, IDR3::MPAM},
    {offset::GBPMPAM, kWholeRegister, offset::IDR3, IDR3::MPAM},
    {offset::VATOS_SEL, kWholeRegister, offset::IDR0, IDR0::VATOS},
    {offset::DPT_BASE, kWholeRegister, offset::IDR3, IDR3::DPT},
    {offset::DPT_BASE_CFG, kWholeRegister, offset::IDR3, IDR3::DPT},
    {offset::DPT_CFG_FAR, kWholeRegister, offset::IDR3, IDR3::DPT},
};

// The bits of a register that mean something where `id_register(offset)` are the ID registers; the others are RES0.
template <typename IdRegister>
constexpr u64 present(const Register& r, const IdRegister& id_register) {
  u64 bits = r.defined();
  for (const Presence& p : kPresence) {
    if (p.offset == r.offset && p.id_field.get(id_register(p.id_offset)) == 0) bits &= ~p.bits;
  }
  return bits;
}

// CR1 is guarded by field (6.3.11): these may change only while none of these bits of CR0 is set or still acknowledged.
struct FieldGuard {
  u64 fields, enables;
};
inline constexpr FieldGuard kCr1Guards[] = {
    {CR1::TABLE_SH.mask() | CR1::TABLE_OC.mask() | CR1::TABLE_IC.mask(), CR0::SMMUEN.mask()},
    {CR1::QUEUE_SH.mask() | CR1::QUEUE_OC.mask() | CR1::QUEUE_IC.mask(),
     CR0::CMDQEN.mask() | CR0::EVENTQEN.mask() | CR0::PRIQEN.mask()},
};

// Values of a field that are Reserved: bit n stands for value n.
struct ReservedValues {
  u32 offset;
  Field field;
  u64 values;
};
inline constexpr ReservedValues kReservedValues[] = {
    {offset::CR0, CR0::VMW, 0b1110'0000}, {offset::CR1, CR1::TABLE_SH, 0b0010},
    {offset::CR1, CR1::TABLE_OC, 0b1000}, {offset::CR1, CR1::TABLE_IC, 0b1000},
    {offset::CR1, CR1::QUEUE_SH, 0b0010}, {offset::CR1, CR1::QUEUE_OC, 0b1000},
    {offset::CR1, CR1::QUEUE_IC, 0b1000}, {offset::STRTAB_BASE_CFG, STRTAB_BASE_CFG::FMT, 0b1100},
};

}  // namespace smmu_vp::spec
