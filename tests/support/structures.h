// STEs, CDs and descriptors as software writes them, word by word from named fields, typed from 5.2, 5.4 and
// the VMSA: a test must not share tables with what it checks. tests/spec compares every field.
#pragma once

#include "tests/support/bits.h"

namespace smmu_vp::test {

// Output sizes as encoded in CD.IPS, STE.S2PS and IDR5.OAS.
inline constexpr u64 k32Bits = 0b000, k36Bits = 0b001, k40Bits = 0b010, k48Bits = 0b101, k52Bits = 0b110;

namespace l1std {  // 5.1: Span beside L2Ptr[55:6]
inline constexpr Bits span{0};
inline constexpr u64 l2_ptr(u64 word) {
  return word & mask(55, 6);
}
}  // namespace l1std

namespace ste {  // 5.2
// Word 0, which also holds S1ContextPtr[55:6].
inline constexpr u64 V = bit(0);
inline constexpr Bits config{1}, s1_fmt{4}, s1_cd_max{59};
inline constexpr u64 kBypass = config(0b100), kStage1 = config(0b101), kStage2 = config(0b110),
                     kNested = config(0b111), kAbort = config(0b000);
inline constexpr u64 kLinear = s1_fmt(0b00), k4KLeaves = s1_fmt(0b01), k64KLeaves = s1_fmt(0b10);
inline constexpr u64 s1_context_ptr(u64 word) {
  return word & mask(55, 6);
}
// Word 1.
inline constexpr Bits s1_dss{0}, s1_cir{2}, s1_cor{4}, s1_csh{6}, eats{28}, strw{30}, mem_attr{32},
    alloccfg{37}, shcfg{44}, privcfg{48}, instcfg{50};
inline constexpr u64 kDssTerminate = s1_dss(0b00), kDssBypass = s1_dss(0b01), kDssSubstream0 = s1_dss(0b10);
inline constexpr u64 kFullAts = eats(0b01), kSplitAts = eats(0b10);
inline constexpr u64 kEl2 = strw(0b10), kIncomingShareability = shcfg(0b01);
// CDs are fetched write-back and inner shareable.
inline constexpr u64 kCdsCached = s1_cir(0b01) | s1_cor(0b01) | s1_csh(0b11);
inline constexpr u64 PPAR = bit(18), MEV = bit(19), S2FWB = bit(25), S1STALLD = bit(27), MTCFG = bit(36);
// Word 2; word 3 is S2TTB[55:4].
inline constexpr Bits s2_vmid{0}, s2_t0sz{32}, s2_sl0{38}, s2_ir0{40}, s2_or0{42}, s2_sh0{44}, s2_tg{46},
    s2_ps{48};
inline constexpr u64 S2AA64 = bit(51), S2ENDI = bit(52), S2AFFD = bit(53), S2PTW = bit(54), S2HD = bit(55),
                     S2HA = bit(56), S2S = bit(57), S2R = bit(58);
// 32 bits of input from level 1 on, 4 KB, 48 bits of output; faults are recorded.
inline constexpr u64 kInput32Bits = s2_t0sz(32) | s2_sl0(1) | s2_ps(k48Bits) | S2AA64 | S2R;
}  // namespace ste

namespace cd {  // 5.4: word 0; words 1 and 2 are TTB0 and TTB1, word 3 is MAIR
inline constexpr Bits t0sz{0}, tg0{6}, ir0{8}, or0{10}, sh0{12}, t1sz{16}, tg1{22}, ips{32}, asid{48};
inline constexpr u64 EPD0 = bit(14), ENDI = bit(15), EPD1 = bit(30), V = bit(31), AFFD = bit(35),
                     WXN = bit(36), UWXN = bit(37), TBI0 = bit(38), TBI1 = bit(39), PAN = bit(40),
                     AA64 = bit(41), HD = bit(42), HA = bit(43), S = bit(44), R = bit(45), A = bit(46),
                     ASET = bit(47);
inline constexpr u64 HAD0 = bit(1), E0PD0 = bit(2);  // of word 1, and of word 2 HAD1 and E0PD1
// Walks are write-back and inner shareable.
inline constexpr u64 kWalksCached = ir0(0b01) | or0(0b01) | sh0(0b11);
// Translation faults are recorded, and abort or stall.
inline constexpr u64 kAborts = R | A, kStalls = R | A | S;
// TTB0 alone, 4 KB, 48 bits in and out; the ASID is not the CPU's.
inline constexpr u64 kTtb0 = V | AA64 | ASET | EPD1 | kWalksCached | t0sz(16) | ips(k48Bits);
// Neither table: accesses end without a walk, aborted and unrecorded.
inline constexpr u64 kQuiet = V | AA64 | ASET | EPD0 | EPD1 | A | ips(k48Bits);
}  // namespace cd

namespace l1cd {  // 5.3, beside L2Ptr[55:12]
inline constexpr u64 V = bit(0);
inline constexpr u64 l2_ptr(u64 word) {
  return word & mask(55, 12);
}
}  // namespace l1cd

// Memory types as MAIR encodes them, and MAIR's place of each.
namespace mair {
inline constexpr u64 kDevice = 0x00, kDeviceNgnre = 0x04, kNonCacheable = 0x44, kWriteBack = 0xFF;
inline constexpr u64 attr(unsigned n, u64 type) {
  return type << (8 * n);
}
}  // namespace mair

namespace pte {  // VMSAv8-64 descriptors of stage 1
inline constexpr u64 kValid = bit(0), kBlock = 0b01, kPage = 0b11, kTable = 0b11;
inline constexpr u64 kUser = bit(6), kReadOnly = bit(7), kInnerShareable = Bits{8}(0b11), kAf = bit(10),
                     kNg = bit(11), kNt = bit(16), kDbm = bit(51), kContiguous = bit(52), kPxn = bit(53),
                     kUxn = bit(54);
inline constexpr Bits attr_index{2}, ap{6};
inline constexpr u64 kPbha = mask(62, 59);  // of a page or block
// A process's data: accessed, not global, never executable.
inline constexpr u64 kUserData = kUser | kInnerShareable | kAf | kNg | kPxn | kUxn;
// What a table denies to everything below it.
inline constexpr u64 kTablePxn = bit(59), kTableUxn = bit(60), kTableNoUser = bit(61),
                     kTableReadOnly = bit(62);
// The address in a descriptor of 4 KB pages, whose attributes are in the other bits.
inline constexpr u64 address(u64 descriptor) {
  return descriptor & mask(47, 12);
}
inline constexpr u64 attributes(u64 descriptor) {
  return descriptor & ~mask(47, 12);
}
}  // namespace pte

namespace s2 {  // and of stage 2
inline constexpr u64 kRead = bit(6), kWrite = bit(7), kAf = bit(10), kDbm = bit(51);
inline constexpr u64 kNormal = Bits{2}(0b1111) | Bits{8}(0b11);  // write-back, inner shareable
inline constexpr Bits mem_attr{2}, xn{53};
inline constexpr u64 kData = kRead | kWrite | kAf | kNormal;  // that any access may use
}  // namespace s2

}  // namespace smmu_vp::test
