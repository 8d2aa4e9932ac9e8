// Registers and their bits as software names them, typed from 6.2, 6.3 and 10.5 of the manual: a test must
// not share tables with what it checks. tests/spec compares the offsets.
#pragma once

#include "tlm/spec/types.h"

namespace smmu_vp::test {

namespace reg {
inline constexpr u32 IDR0 = 0x00, IDR1 = 0x04, IDR3 = 0x0C, IDR5 = 0x14, AIDR = 0x1C;
inline constexpr u32 CR0 = 0x20, CR0ACK = 0x24, CR1 = 0x28, CR2 = 0x2C;
inline constexpr u32 STATUSR = 0x40, GBPA = 0x44, IRQ_CTRL = 0x50, IRQ_CTRLACK = 0x54;
inline constexpr u32 GERROR = 0x60, GERRORN = 0x64;
inline constexpr u32 GERROR_IRQ_CFG0 = 0x68, GERROR_IRQ_CFG1 = 0x70, GERROR_IRQ_CFG2 = 0x74;
inline constexpr u32 STRTAB_BASE = 0x80, STRTAB_BASE_CFG = 0x88;
inline constexpr u32 CMDQ_BASE = 0x90, CMDQ_PROD = 0x98, CMDQ_CONS = 0x9C;
inline constexpr u32 EVENTQ_BASE = 0xA0, EVENTQ_IRQ_CFG0 = 0xB0, EVENTQ_IRQ_CFG1 = 0xB8,
                     EVENTQ_IRQ_CFG2 = 0xBC;
inline constexpr u32 PRIQ_BASE = 0xC0, PRIQ_IRQ_CFG0 = 0xD0, PRIQ_IRQ_CFG1 = 0xD8, PRIQ_IRQ_CFG2 = 0xDC;
inline constexpr u32 EVENTQ_PROD = 0x100A8, EVENTQ_CONS = 0x100AC;  // page 1
inline constexpr u32 PRIQ_PROD = 0x100C8, PRIQ_CONS = 0x100CC;
}  // namespace reg

namespace idr {  // 6.3.1 to 6.3.6: of the register whose value is given
inline constexpr bool btm(u32 idr0) {
  return (idr0 >> 5 & 1) != 0;
}
inline constexpr bool ns1ats(u32 idr0) {
  return (idr0 >> 11 & 1) != 0;
}
inline constexpr u32 stall_model(u32 idr0) {
  return idr0 >> 24 & 0b11;
}
inline constexpr bool term_model(u32 idr0) {
  return (idr0 >> 26 & 1) != 0;
}
inline constexpr u32 ssidsize(u32 idr1) {
  return idr1 >> 6 & 0x1F;
}
inline constexpr bool attr_perms_ovr(u32 idr1) {
  return (idr1 >> 26 & 1) != 0;
}
inline constexpr bool pps(u32 idr3) {
  return (idr3 >> 5 & 1) != 0;
}
inline constexpr u32 bbml(u32 idr3) {
  return idr3 >> 11 & 0b11;
}
inline constexpr u32 stall_max(u32 idr5) {
  return idr5 >> 16;
}
}  // namespace idr

namespace cr0 {  // 6.3.9
inline constexpr u32 SMMUEN = 1 << 0, PRIQEN = 1 << 1, EVENTQEN = 1 << 2, CMDQEN = 1 << 3, ATSCHK = 1 << 4;
inline constexpr u32 kAll = SMMUEN | PRIQEN | EVENTQEN | CMDQEN | ATSCHK;
inline constexpr u32 all_but(u32 bits) {
  return kAll & ~bits;
}
inline constexpr u32 vmw(u32 value) {
  return value << 6;
}
}  // namespace cr0

namespace cr2 {  // 6.3.12
inline constexpr u32 E2H = 1 << 0, RECINVSID = 1 << 1, PTM = 1 << 2, REC_CFG_ATS = 1 << 3;
}

namespace irq_ctrl {  // 6.3.16
inline constexpr u32 GERROR_IRQEN = 1 << 0, PRIQ_IRQEN = 1 << 1, EVENTQ_IRQEN = 1 << 2;
inline constexpr u32 kAll = GERROR_IRQEN | PRIQ_IRQEN | EVENTQ_IRQEN;
}  // namespace irq_ctrl

namespace gerror {  // 6.3.19, and GERRORN
inline constexpr u32 CMDQ_ERR = 1 << 0, EVENTQ_ABT_ERR = 1 << 2, PRIQ_ABT_ERR = 1 << 3;
inline constexpr u32 MSI_CMDQ_ABT_ERR = 1 << 4, MSI_EVENTQ_ABT_ERR = 1 << 5, MSI_PRIQ_ABT_ERR = 1 << 6,
                     MSI_GERROR_ABT_ERR = 1 << 7;
}  // namespace gerror

namespace cerror {  // CMDQ_CONS.ERR (7.1)
inline constexpr u32 NONE = 0, ILL = 1, ABT = 2, ATC_INV_SYNC = 3;
}

namespace queue {  // EVENTQ_PROD, PRIQ_PROD and their CONS: OVFLG and OVACKFLG (6.3.95, 6.3.96)
inline constexpr u32 OVFLG = u32{1} << 31;
}

namespace gbpa {  // 6.3.14
inline constexpr u32 Update = u32{1} << 31, ABORT = 1 << 20;
inline constexpr u32 instcfg(u32 value) {
  return value << 18;
}
inline constexpr u32 privcfg(u32 value) {
  return value << 16;
}
}  // namespace gbpa

// A counter group's registers, as offsets from its page 0; the last three from its page 1 (10.5.1).
namespace pmcg_reg {
inline constexpr u32 EVTYPER0 = 0x400, SMR0 = 0xA00, CNTENSET0 = 0xC00, CNTENCLR0 = 0xC20, INTENSET0 = 0xC40,
                     INTENCLR0 = 0xC60, CFGR = 0xE00, CR = 0xE04, IRQ_CTRL = 0xE50, IRQ_CTRLACK = 0xE54,
                     IRQ_CFG0 = 0xE58, IRQ_CFG1 = 0xE60, IRQ_CFG2 = 0xE64, IRQ_STATUS = 0xE68;
inline constexpr u32 EVCNTR0 = 0x000, OVSCLR0 = 0xC80, OVSSET0 = 0xCC0;
}  // namespace pmcg_reg

}  // namespace smmu_vp::test
