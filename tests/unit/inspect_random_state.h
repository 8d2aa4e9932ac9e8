// Random SMMU state for the bench: registers, stream tables, CDs and translation tables, valid and invalid.
// The tables share a few pages, so that walks go deep and meet every kind of descriptor, and each other's.
#pragma once

#include <initializer_list>
#include <random>

#include "tests/unit/smmu_bench.h"
#include "tlm/spec/cd.h"
#include "tlm/spec/registers.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::test {

class RandomState {
 public:
  static constexpr u32 kStreams = 8;
  static constexpr u64 kL1Std = 0x5'0000, kL1Cd = 0x7'0000, kBeyondRam = 0x7F00'0000;

  RandomState(Bench& bench, u64 seed) : b_(bench), f_(bench.smmu.config().features), random_(seed) {}

  u64 below(u64 n) { return random_() % n; }
  u32 below32(u32 n) { return static_cast<u32>(below(n)); }
  bool percent(unsigned p) { return below(100) < p; }
  u64 one_of(std::initializer_list<u64> of) { return of.begin()[below(of.size())]; }

  // Makes all of it anew; caches keep their contents unless `forget`.
  void renew(bool forget) {
    enable(false);
    b_.write32(reg::GBPA, gbpa::Update | (percent(15) ? gbpa::ABORT : 0) | gbpa::instcfg(below32(4)) |
                              gbpa::privcfg(below32(4)));
    b_.write32(reg::CR2, (percent(50) ? cr2::E2H : 0) | (percent(50) ? cr2::RECINVSID : 0) |
                             (percent(50) ? cr2::REC_CFG_ATS : 0));
    // Eight streams or fewer; one level, or two with SPLIT 6.
    const bool two_levels = percent(30);
    b_.write64(reg::STRTAB_BASE, two_levels ? kL1Std : Bench::kStrtab);
    b_.write32(reg::STRTAB_BASE_CFG,
               static_cast<u32>(two_levels ? 8 | 6 << 6 | 1 << 16 : (percent(90) ? 3 : 2)));
    b_.memory.store(kL1Std, percent(5) ? kBeyondRam | 7 : Bench::kStrtab | (percent(10) ? below(5) : 7));
    for (u32 sid = 0; sid < kStreams; ++sid) ste(sid);
    cds();
    for (unsigned page = 0; page < kTablePages; ++page) tables(page);
    stage2();
    if (forget) {
      b_.command(cmd::cfgi_all());
      b_.command(cmd::tlbi_nsnh_all());
      if (f_.hyp) b_.command(cmd::tlbi_el2_all());
      b_.sync();
    }
    for (u64& address : favourites_) address = fresh_address();
    enable(percent(90));
  }
  // Changes one structure without an invalidation.
  void disturb() {
    switch (below(3)) {
      case 0:
        return ste(static_cast<u32>(below(kStreams)));
      case 1:
        return cds();
      default:
        return tables(static_cast<unsigned>(below(kTablePages)));
    }
  }

  u32 sid() { return static_cast<u32>(percent(98) ? below(kStreams) : below(0x200)); }
  std::optional<u32> pasid() {
    return percent(45) ? std::optional(static_cast<u32>(percent(98) ? below(4) : below(0x10'0000)))
                       : std::nullopt;
  }
  u64 address() {
    return percent(80) ? favourites_[below(favourites_.size())] ^ below(0x1000) : fresh_address();
  }

 private:
  static constexpr unsigned kTablePages = 12;
  static constexpr u64 kTables = 0x10'0000, kTableBytes = 0x1'0000, kS2Root = 0x50'0000, kS2L2 = 0x51'0000,
                       kS2L3 = 0x52'0000, kS2Page64K = 0x53'0000;

  void enable(bool smmuen) {
    b_.set_cr0(cr0::EVENTQEN | cr0::CMDQEN | (smmuen ? cr0::SMMUEN : 0) |
               (f_.ats && percent(50) ? cr0::ATSCHK : 0));
  }
  u64 bits(unsigned n) { return random_() & (~u64{0} >> (64 - n)); }  // 1 to 64
  u64 table_page() { return percent(97) ? kTables + kTableBytes * below(kTablePages) : kBeyondRam; }

  u64 fresh_address() {
    const u64 low = bits(static_cast<unsigned>(one_of({14, 21, 25, 30, 32, 33, 39, 48})));
    const u64 high = percent(20) ? ~u64{0} << one_of({32, 39, 48}) : percent(10) ? bits(64) << 48 : 0;
    return low | high;
  }

  void ste(u32 sid) {
    using namespace spec::ste;
    spec::Ste s;
    V.set(s.w, percent(97));
    const u64 config =
        percent(6) ? below(4) : one_of({4, 5, 5, 5}) | (f_.s2 || percent(5) ? below(2) << 1 : 0);
    Config.set(s.w, config);
    S1Fmt.set(s.w, one_of({0, 0, 0, 1, 2, 3}));
    S1CDMax.set(s.w, percent(97) ? one_of({0, 2, 3, 6, 8, 20}) : 31);
    S1DSS.set(s.w, percent(80) ? 1 + below(2) : below(4));
    s.w[0] |= percent(94)   ? (S1Fmt.get(s.w) % 3 == 0 || S1CDMax.get(s.w) == 0 ? Bench::kCds : kL1Cd)
              : percent(50) ? kBeyondRam
                            : bits(40) << 6;
    MEV.set(s.w, percent(20));
    S1STALLD.set(s.w, percent(5));
    const u64 eats = config == 7 ? one_of({0, 1, 2, 2, 2, 3}) : one_of({0, 1, 1, 1, 3});
    EATS.set(s.w, percent(95) ? eats : below(4));
    STRW.set(s.w, percent(97) ? one_of({0, 0, 2}) : 1);
    PRIVCFG.set(s.w, percent(50) ? below(4) : 0);
    INSTCFG.set(s.w, percent(50) ? below(4) : 0);
    S2VMID.set(s.w, below(2));
    S2AA64.set(s.w, percent(97));
    S2ENDI.set(s.w, percent(2));
    S2PS.set(s.w, percent(80) ? 5 : below(8));
    S2AFFD.set(s.w, percent(20));
    S2PTW.set(s.w, percent(20));
    S2FWB.set(s.w, percent(20));
    if (f_.httu >= 1) S2HA.set(s.w, percent(40));
    if (f_.httu >= 2) S2HD.set(s.w, percent(40));
    S2S.set(s.w, percent(EATS.get(s.w) == 0 ? 30 : 3));
    S2R.set(s.w, percent(60));
    S2T0SZ.set(s.w, percent(90) ? 32 : 16 + below(30));
    switch (percent(90) ? below(2) : 2) {
      case 0:  // 4 KB from level 1
        S2SL0.set(s.w, 1);
        s.w[3] = kS2Root;
        break;
      case 1:  // 64 KB from level 2
        S2SL0.set(s.w, 1);
        S2TG.set(s.w, 1);
        s.w[3] = kS2Root + 0x8000;
        break;
      default:
        S2SL0.set(s.w, below(4));
        S2TG.set(s.w, below(4));
        s.w[3] = table_page();
        break;
    }
    store(Bench::kStrtab + 64 * u64{sid}, s.w);
  }

  void cds() {
    for (u64 leaf = 0; leaf < 8; ++leaf) b_.memory.store(kL1Cd + 8 * leaf, Bench::kCds | u64{percent(90)});
    for (u64 ssid = 0; ssid < 8; ++ssid) {
      using namespace spec::cd;
      spec::Cd c;
      V.set(c.w, percent(97));
      T0SZ.set(c.w, percent(92) ? one_of({16, 25, 32}) : below(64));
      T1SZ.set(c.w, percent(92) ? one_of({16, 25, 32}) : below(64));
      TG0.set(c.w, percent(98) ? one_of({0, 0, 1, 2}) : 3);
      TG1.set(c.w, percent(98) ? one_of({1, 2, 2, 3}) : 0);
      EPD0.set(c.w, percent(5));
      EPD1.set(c.w, percent(30));
      ENDI.set(c.w, percent(1));
      IPS.set(c.w, percent(85) ? 5 : below(8));
      AFFD.set(c.w, percent(20));
      WXN.set(c.w, percent(20));
      TBI0.set(c.w, below(2));
      TBI1.set(c.w, below(2));
      PAN.set(c.w, percent(20));
      AA64.set(c.w, percent(98));
      if (f_.httu >= 1) HA.set(c.w, percent(40));
      if (f_.httu >= 2) HD.set(c.w, percent(40));
      S.set(c.w, percent(15));
      R.set(c.w, percent(70));
      A.set(c.w, percent(70));
      ASID.set(c.w, below(3));
      HAD0.set(c.w, below(2));
      E0PD0.set(c.w, percent(10));
      c.w[1] |= table_page();
      c.w[2] |= table_page();
      c.w[3] = random_();
      store(Bench::kCds + 64 * ssid, c.w);
    }
  }

  // Fills the page with random descriptors, repeating 64 of them.
  void tables(unsigned page) {
    std::array<u64, 64> pattern{};
    for (u64& d : pattern) d = stage1_descriptor();
    for (u64 i = 0; i < kTableBytes / 8; ++i)
      b_.memory.store(kTables + kTableBytes * page + 8 * i, pattern[i % pattern.size()]);
  }
  u64 stage1_descriptor() {
    if (percent(4)) return bits(64) & ~u64{1};
    const u64 attributes = bits(12) & ~(pte::kAf | pte::kPage);
    const u64 above = percent(50) ? bits(5) << 59 : 0;                   // APTable and others
    const u64 leaf = bits(1) << 51 | (percent(30) ? bits(3) << 52 : 0);  // DBM, Contiguous, PXN, UXN
    const u64 af = percent(85) ? pte::kAf : 0;
    if (percent(70)) return table_page() | attributes | above | af | leaf | pte::kTable;  // at level 3 a page
    const u64 out = percent(90) ? bits(25) & ~u64{0xFFF} : bits(48) & ~u64{0xFFF};
    return out | attributes | af | leaf | (percent(60) ? pte::kBlock : pte::kPage);
  }

  // The tables are identity-mapped, but with any attributes.
  void stage2() {
    b_.memory.store(kS2Root, percent(97) ? kS2L2 | pte::kTable : bits(64));
    for (u64 i = 1; i < 4; ++i)
      b_.memory.store(kS2Root + 8 * i, percent(50) ? i << 30 | stage2_attributes() | pte::kBlock : 0);
    for (u64 i = 0; i < 16; ++i)
      b_.memory.store(kS2L2 + 8 * i,
                      percent(15) ? kS2L3 | pte::kTable : i << 21 | stage2_attributes() | u64{percent(95)});
    for (u64 i = 0; i < 512; ++i)
      b_.memory.store(kS2L3 + 8 * i, i << 12 | stage2_attributes() | (percent(95) ? pte::kPage : bits(2)));
    b_.memory.store(kS2Root + 0x8000, kS2Page64K | pte::kTable);
    for (u64 i = 1; i < 8; ++i)
      b_.memory.store(kS2Root + 0x8000 + 8 * i, i << 29 | stage2_attributes() | pte::kBlock);
    for (u64 i = 0; i < 512; ++i)
      b_.memory.store(kS2Page64K + 8 * i,
                      i << 16 | stage2_attributes() | (percent(95) ? pte::kPage : bits(2)));
  }
  u64 stage2_attributes() {
    if (percent(70)) return s2::kData;
    return (bits(12) & ~(s2::kAf | pte::kPage)) | (percent(80) ? s2::kAf : 0) | bits(1) << 51 |
           (percent(30) ? bits(3) << 52 : 0);
  }

  void store(u64 pa, const std::array<u64, 8>& words) {
    for (u64 i = 0; i < 8; ++i) b_.memory.store(pa + 8 * i, words[i]);
  }

  Bench& b_;
  const core::SmmuFeatures& f_;
  std::mt19937_64 random_;
  std::array<u64, 6> favourites_{};
};

}  // namespace smmu_vp::test
