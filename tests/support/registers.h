// Registers and their bits as software names them, typed from 6.2, 6.3 and 10.5 of the manual: a test must
// not share tables with what it checks. tests/spec compares the offsets.
#pragma once

#include "tests/support/bits.h"

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
inline constexpr u32 CIDR0 = 0xFF0, CIDR3 = 0xFFC;
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

// The same registers' fields, for values of their own.
namespace idr0 {
inline constexpr u32 S2P = 1 << 0, S1P = 1 << 1, COHACC = 1 << 4, BTM = 1 << 5, Hyp = 1 << 9, ATS = 1 << 10,
                     ASID16 = 1 << 12, MSI = 1 << 13, SEV = 1 << 14, PRI = 1 << 16, VMID16 = 1 << 18,
                     CD2L = 1 << 19, ATSRECERR = 1 << 23;
inline constexpr Bits32 ttf{2}, ttendian{21}, stall_model{24}, st_level{27};
inline constexpr u32 kAArch64 = ttf(0b10), kLittleEndian = ttendian(0b10), kTwoLevelStreams = st_level(0b01);
}  // namespace idr0
namespace idr1 {
inline constexpr Bits32 sidsize{0}, ssidsize{6}, priqs{11}, eventqs{16}, cmdqs{21};
inline constexpr u32 ATTR_PERMS_OVR = 1 << 26, REL = 1 << 28, QUEUES_PRESET = 1 << 29,
                     TABLES_PRESET = 1 << 30;
}  // namespace idr1
namespace idr3 {
inline constexpr u32 HAD = 1 << 2, PPS = 1 << 5, FWB = 1 << 8, STT = 1 << 9, RIL = 1 << 10;
inline constexpr Bits32 bbml{11};
}  // namespace idr3
namespace idr5 {
inline constexpr Bits32 oas{0}, stall_max{16};
inline constexpr u32 GRAN4K = 1 << 4, GRAN16K = 1 << 5, GRAN64K = 1 << 6;
inline constexpr u32 kAllGranules = GRAN4K | GRAN16K | GRAN64K;
}  // namespace idr5

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

namespace cr1 {  // 6.3.11
inline constexpr Bits32 queue_ic{0}, queue_oc{2}, queue_sh{4}, table_ic{6}, table_oc{8}, table_sh{10};
inline constexpr u32 kQueues = queue_ic(0b11) | queue_oc(0b11) | queue_sh(0b11),
                     kTables = table_ic(0b11) | table_oc(0b11) | table_sh(0b11);
// Both are accessed write-back and inner shareable.
inline constexpr u32 kCached =
    queue_ic(0b01) | queue_oc(0b01) | queue_sh(0b11) | table_ic(0b01) | table_oc(0b01) | table_sh(0b11);
}  // namespace cr1

namespace cr2 {  // 6.3.12
inline constexpr u32 E2H = 1 << 0, RECINVSID = 1 << 1, PTM = 1 << 2, REC_CFG_ATS = 1 << 3;
inline constexpr u32 kAll = E2H | RECINVSID | PTM | REC_CFG_ATS;
}  // namespace cr2

namespace irq_ctrl {  // 6.3.16
inline constexpr u32 GERROR_IRQEN = 1 << 0, PRIQ_IRQEN = 1 << 1, EVENTQ_IRQEN = 1 << 2;
inline constexpr u32 kAll = GERROR_IRQEN | PRIQ_IRQEN | EVENTQ_IRQEN;
}  // namespace irq_ctrl

namespace gerror {  // 6.3.19, and GERRORN
inline constexpr u32 CMDQ_ERR = 1 << 0, EVENTQ_ABT_ERR = 1 << 2, PRIQ_ABT_ERR = 1 << 3;
inline constexpr u32 MSI_CMDQ_ABT_ERR = 1 << 4, MSI_EVENTQ_ABT_ERR = 1 << 5, MSI_PRIQ_ABT_ERR = 1 << 6,
                     MSI_GERROR_ABT_ERR = 1 << 7, SFM_ERR = 1 << 8;
}  // namespace gerror

namespace cerror {  // CMDQ_CONS.ERR (6.3.28, 7.1)
inline constexpr u32 NONE = 0, ILL = 1, ABT = 2, ATC_INV_SYNC = 3;
inline constexpr Bits32 err{24};
}  // namespace cerror

namespace strtab {  // STRTAB_BASE and STRTAB_BASE_CFG (6.3.24, 6.3.25)
inline constexpr u64 RA = bit(62);
inline constexpr u64 addr(u64 base) {
  return base & mask(55, 6);
}
inline constexpr Bits32 log2size{0}, split{6}, fmt{16};
inline constexpr u32 linear(u32 sid_bits) {
  return fmt(0b00) | log2size(sid_bits);
}
inline constexpr u32 two_level(u32 split_at, u32 sid_bits) {
  return fmt(0b01) | split(split_at) | log2size(sid_bits);
}
}  // namespace strtab

namespace queue {
// EVENTQ_PROD, PRIQ_PROD and their CONS: OVFLG and OVACKFLG (6.3.95, 6.3.96).
inline constexpr u32 OVFLG = u32{1} << 31;
// CMDQ_BASE, EVENTQ_BASE and PRIQ_BASE: RA or WA, the address, and the size (6.3.26, 6.3.29, 6.3.33).
inline constexpr u64 HINT = bit(62);
inline constexpr Bits log2size{0};
inline constexpr u64 addr(u64 base) {
  return base & mask(55, 5);
}
}  // namespace queue

namespace irq_cfg2 {  // GERROR_IRQ_CFG2 and its like (6.3.23)
inline constexpr Bits32 mem_attr{0}, sh{4};
inline constexpr u32 kWriteBack = mem_attr(0xF) | sh(0b11);  // inner shareable
}  // namespace irq_cfg2

namespace gbpa {  // 6.3.14
inline constexpr Bits32 mem_attr{0}, alloccfg{8}, shcfg{12};
inline constexpr u32 MTCFG = 1 << 4;
inline constexpr u32 Update = u32{1} << 31, ABORT = 1 << 20;
inline constexpr u32 instcfg(u32 value) {
  return value << 18;
}
inline constexpr u32 privcfg(u32 value) {
  return value << 16;
}
}  // namespace gbpa

// A counter group's registers, as offsets from its page 0; the last five from its page 1 (10.5.1).
namespace pmcg_reg {
inline constexpr u32 EVTYPER0 = 0x400, SMR0 = 0xA00, CNTENSET0 = 0xC00, CNTENCLR0 = 0xC20, INTENSET0 = 0xC40,
                     INTENCLR0 = 0xC60, CFGR = 0xE00, CR = 0xE04, IRQ_CTRL = 0xE50, IRQ_CTRLACK = 0xE54,
                     IRQ_CFG0 = 0xE58, IRQ_CFG1 = 0xE60, IRQ_CFG2 = 0xE64, IRQ_STATUS = 0xE68, CEID0 = 0xE20;
inline constexpr u32 EVCNTR0 = 0x000, SVR0 = 0x600, OVSCLR0 = 0xC80, OVSSET0 = 0xCC0, CAPR = 0xD88;
}  // namespace pmcg_reg

namespace evtyper {  // 10.5.2.2
inline constexpr u32 FILTER_SID_SPAN = 1 << 29, OVFCAP = u32{1} << 31;
}
namespace cfgr {  // 10.5.2.13
inline constexpr Bits32 nctr{0}, size{8};
inline constexpr u32 RELOC_CTRS = 1 << 20, MSI = 1 << 21, CAPTURE = 1 << 22;
}  // namespace cfgr

}  // namespace smmu_vp::test
