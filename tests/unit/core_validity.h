// The pseudocode of 5.2.2 and 5.4.2 (validity of STE and CD), written a second time from the manual with bit
// numbers and literals only, for a Non-secure stream of an SMMU with VMSAv8-64 and little-endian tables.
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "tlm/core/smmu_config.h"

namespace smmu_vp::test {

using core::SmmuFeatures;
using Words = std::array<u64, 8>;

// Bits [hi:lo] of a structure.
inline u64 get(const Words& w, unsigned hi, unsigned lo) {
  return w[lo / 64] >> lo % 64 & ((u64{2} << (hi - lo)) - 1);
}
inline void put(Words& w, unsigned hi, unsigned lo, u64 value) {
  w[lo / 64] ^= (get(w, hi, lo) ^ (value & ((u64{2} << (hi - lo)) - 1))) << lo % 64;
}

// Log2 of the granule that TG0 and S2TG, or TG1, encode; 0 if it is Reserved or not supported (6.3.6).
inline unsigned there(unsigned granule, const SmmuFeatures& f) {
  const bool is = granule == 12 ? f.granule_4k : granule == 14 ? f.granule_16k : f.granule_64k;
  return is ? granule : 0;
}
inline unsigned tg0(u64 tg, const SmmuFeatures& f) {
  constexpr unsigned kGranules[] = {12, 16, 14, 0};
  return there(kGranules[tg], f);
}
inline unsigned tg1(u64 tg, const SmmuFeatures& f) {
  constexpr unsigned kGranules[] = {0, 14, 12, 16};
  return there(kGranules[tg], f);
}
// S2PS and IPS, capped to OAS; 0b111 is Reserved before SMMUv3.4, and so is 0b110 in SMMUv3.0 (5.2, 5.4).
inline unsigned range(u64 ps, const SmmuFeatures& f) {
  constexpr unsigned kBits[] = {32, 36, 40, 42, 44, 48, 52, 52};
  return std::min({kBits[ps], f.version == 0 ? 48u : 52u, f.oas_bits});
}
// TTB fields end at address bit 51, in SMMUv3.0 at 47; smaller granules than 64 KB reach 48 bits (5.2, 5.4).
inline bool base_out_of_range(u64 word, unsigned granule, unsigned bits, const SmmuFeatures& f) {
  const u64 base = word & (f.version == 0 ? 0x0000'FFFF'FFFF'FFF0 : 0x000F'FFFF'FFFF'FFF0);
  return base >> (granule == 16 ? bits : std::min(bits, 48u)) != 0;
}
// IDR3.STT is mandatory in SMMUv3.2, and this SMMU has it from SMMUv3.1 on.
inline unsigned largest_txsz(unsigned granule, const SmmuFeatures& f) {
  return f.version == 0 ? 39 : granule == 16 ? 47 : 48;
}
// The start level's conditions, by the A-profile pseudocode (J1.1, S2InvalidSL and S2InconsistentSL).
inline bool start_inconsistent(unsigned granule, u64 sl0, u64 t0sz, const SmmuFeatures& f) {
  constexpr unsigned kLookups[3][4] = {{1, 2, 3, 0}, {0, 1, 2, 3}, {0, 1, 2, 3}};  // after the first one
  if (granule == 12 && sl0 == 2 && f.oas_bits < 44) return true;
  if (granule == 12 && sl0 == 3 && f.version == 0) return true;  // FEAT_TTST, which is STT (2.4)
  if (granule == 14 && (sl0 == 3 || (sl0 == 2 && f.oas_bits < 42))) return true;
  if (granule == 16 && (sl0 == 3 || (sl0 == 2 && f.oas_bits < 44))) return true;
  const unsigned stride = granule - 3;
  const u64 fewest = kLookups[(granule - 12) / 2][sl0] * stride + granule + 1, bits = 64 - t0sz;
  return bits < fewest || bits > fewest + (stride - 1) + 4;
}

// The clause that makes the STE ILLEGAL; empty if it is valid.
inline std::string ste_illegal(const Words& s, const SmmuFeatures& f) {
  const u64 config = get(s, 3, 1), strw = get(s, 95, 94), eats = get(s, 93, 92);
  const bool stage1 = (config & 1) != 0, stage2 = (config & 2) != 0, stalls = get(s, 185, 185) != 0;
  const bool strw_unused = !f.s1 || !f.hyp || stage2 || config == 4;
  if (get(s, 0, 0) == 0) return "V";
  if (config < 4) return "";
  if (stage1 && !f.s1) return "S1P";
  if (stage2 && !f.s2) return "S2P";
  if (f.ats && config != 4) {
    if (eats == 2 && (config != 7 || stalls)) return "EATS split";
    if (eats == 1 && stalls && stage2) return "EATS full";  // SMMUv3.0 too: as Arm recommends (5.2 EATS)
  }
  if (!strw_unused && (strw & 1) != 0) return "STRW";
  if (stage1) {
    if (get(s, 91, 91) != 0 && f.stall_model != 0) return "S1STALLD";
    const u64 cdmax = get(s, 63, 59), fmt = get(s, 5, 4);
    if (f.ssid_bits != 0 && cdmax > f.ssid_bits) return "S1CDMax";
    if (f.ssid_bits != 0 && cdmax != 0 && f.cd_table_levels == 1 && (fmt == 1 || fmt == 2)) return "S1Fmt";
    // SMMUv3.0 may truncate it instead (3.4.3), and does.
    if (f.version != 0 && (s[0] & 0x00FF'FFFF'FFFF'FFC0) >> f.oas_bits != 0) return "S1ContextPtr";
  }
  if (stage2) {
    if (stalls && f.stall_model == 1) return "S2S";
    if (!stalls && f.stall_model == 2) return "S2S forced";
    if (get(s, 179, 179) == 0) return "S2AA64";
    const u64 s2ha = get(s, 184, 184), s2hd = get(s, 183, 183);
    if ((s2ha != 0 || s2hd != 0) && f.httu == 0) return "S2HA S2HD";
    if (s2hd != 0 && f.httu == 1) return "S2HD";
    const unsigned granule = tg0(get(s, 175, 174), f);
    if (granule == 0) return "S2TG";
    if (base_out_of_range(s[3], granule, range(get(s, 178, 176), f), f)) return "S2TTB";
    const u64 t0sz = get(s, 165, 160);  // IAS is OAS, without VMSAv8-32 (3.4)
    const u64 smallest = f.version == 0 ? 0 : granule == 16 ? 12 : 16;
    if (t0sz < std::max<u64>(smallest, 64 - f.oas_bits) || t0sz > largest_txsz(granule, f)) return "S2T0SZ";
    if (start_inconsistent(granule, get(s, 167, 166), t0sz, f)) return "S2SL0";
    if (get(s, 180, 180) != 0) return "S2ENDI";
  }
  const bool vmid_ignored = !f.s2 || config == 4 || (strw != 0 && !strw_unused);
  return !vmid_ignored && f.vmid_bits == 8 && get(s, 143, 136) != 0 ? "S2VMID" : "";
}

// The same for a CD reached through a valid STE with stage 1 alone. `el2` is NS-EL2 without E2H.
inline std::string cd_illegal(const Words& c, bool el2, bool s1stalld, const SmmuFeatures& f) {
  // One table in NS-EL2, which EPD0 does not disable (5.4 EPD0, 5.4.1).
  const bool off0 = !el2 && get(c, 14, 14) != 0, off1 = el2 || get(c, 30, 30) != 0;
  const bool stalls = get(c, 44, 44) != 0;
  if (get(c, 31, 31) == 0) return "V";
  if (s1stalld && stalls) return "S1STALLD";
  if (f.term_model == 1 && get(c, 46, 46) == 0) return "A";
  if (f.stall_model == 1 && stalls) return "S";
  if (f.stall_model == 2 && !stalls) return "S forced";
  if (!(off0 && off1) && get(c, 15, 15) != 0) return "ENDI";
  if (get(c, 41, 41) == 0) return "AA64";
  if (get(c, 43, 42) != 0 && f.httu == 0) return "HA HD";
  if (get(c, 42, 42) != 0 && f.httu == 1) return "HD";
  if (!el2 && f.asid_bits == 8 && get(c, 63, 56) != 0) return "ASID";
  const unsigned bits = range(get(c, 34, 32), f);
  for (const unsigned n : {0u, 1u}) {
    if (n == 0 ? off0 : off1) continue;
    const std::string number = std::to_string(n);
    const unsigned granule = n == 0 ? tg0(get(c, 7, 6), f) : tg1(get(c, 23, 22), f);
    if (granule == 0) return "TG" + number;
    const u64 txsz = get(c, 16 * n + 5, 16 * n);
    const u64 smallest = granule == 16 && f.oas_bits == 52 ? 12 : 16;  // IDR5.VAX goes with OAS here
    if (txsz < smallest || txsz > largest_txsz(granule, f)) return "T" + number + "SZ";
    if (base_out_of_range(c[1 + n], granule, bits, f)) return "TTB" + number;
  }
  return "";
}

}  // namespace smmu_vp::test
