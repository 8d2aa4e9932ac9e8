// Stream table: L1STD and STE fields by absolute bit, and the encodings of their fields (5.1, 5.2).
#pragma once

#include <array>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 64 bytes (5.2).
struct Ste {
  std::array<u64, 8> w{};
  friend constexpr bool operator==(const Ste&, const Ste&) = default;
};
inline constexpr unsigned kSteLog2Bytes = 6;

// Level 1 Stream Table Descriptor, 8 bytes (5.1).
namespace l1std {
inline constexpr Field Span{4, 0};
inline constexpr Field L2Ptr{55, 6};
inline constexpr unsigned kLog2Bytes = 3;
inline constexpr u64 kSpanInvalid = 0, kSpanMax = 11;  // above the maximum behaves as 0
}  // namespace l1std

namespace ste {

inline constexpr Field V{0, 0};
inline constexpr Field Config{3, 1};
inline constexpr Field S1Fmt{5, 4};
inline constexpr Field S1ContextPtr{55, 6};
inline constexpr Field S1CDMax{63, 59};

inline constexpr Field S1DSS{65, 64};
inline constexpr Field S1CIR{67, 66};
inline constexpr Field S1COR{69, 68};
inline constexpr Field S1CSH{71, 70};
inline constexpr Field S2HWU59{72, 72};
inline constexpr Field S2HWU60{73, 73};
inline constexpr Field S2HWU61{74, 74};
inline constexpr Field S2HWU62{75, 75};
inline constexpr Field DRE{76, 76};
inline constexpr Field CONT{80, 77};
inline constexpr Field DCP{81, 81};
inline constexpr Field PPAR{82, 82};
inline constexpr Field MEV{83, 83};
inline constexpr Field SW_RESERVED{87, 84};
inline constexpr Field S1PIE{88, 88};
inline constexpr Field S2FWB{89, 89};
inline constexpr Field S1MPAM{90, 90};
inline constexpr Field S1STALLD{91, 91};
inline constexpr Field EATS{93, 92};
inline constexpr Field STRW{95, 94};
inline constexpr Field MemAttr{99, 96};
inline constexpr Field MTCFG{100, 100};
inline constexpr Field ALLOCCFG{104, 101};
inline constexpr Field SHCFG{109, 108};
inline constexpr Field NSCFG{111, 110};
inline constexpr Field PRIVCFG{113, 112};
inline constexpr Field INSTCFG{115, 114};

inline constexpr Field S2VMID{143, 128};
inline constexpr Field S2T0SZ{165, 160};
inline constexpr Field S2SL0{167, 166};
inline constexpr Field S2IR0{169, 168};
inline constexpr Field S2OR0{171, 170};
inline constexpr Field S2SH0{173, 172};
inline constexpr Field S2TG{175, 174};
inline constexpr Field S2PS{178, 176};
inline constexpr Field S2AA64{179, 179};
inline constexpr Field S2ENDI{180, 180};
inline constexpr Field S2AFFD{181, 181};
inline constexpr Field S2PTW{182, 182};
inline constexpr Field S2HD{183, 183};
inline constexpr Field S2HA{184, 184};
inline constexpr Field S2S{185, 185};
inline constexpr Field S2R{186, 186};
inline constexpr Field S2HAFT{187, 187};
inline constexpr Field S2PIE{188, 188};
inline constexpr Field S2POE{189, 189};
inline constexpr Field DPT_VMATCH{191, 190};

inline constexpr Field S2NSW{192, 192};
inline constexpr Field S2NSA{193, 193};
inline constexpr Field S2SL0_2{194, 194};
inline constexpr Field S2DS{195, 195};
inline constexpr Field S2TTB{247, 196};
inline constexpr Field S2SKL{254, 253};

inline constexpr Field PARTID{287, 272};
inline constexpr Field S_S2T0SZ{293, 288};
inline constexpr Field S_S2SL0{295, 294};
inline constexpr Field S_S2TG{303, 302};
inline constexpr Field MECID{319, 304};

inline constexpr Field PMG{327, 320};
inline constexpr Field MPAM_NS{328, 328};
inline constexpr Field AssuredOnly{329, 329};
inline constexpr Field TL0{330, 330};
inline constexpr Field TL1{331, 331};
inline constexpr Field VMSPtr{375, 332};

inline constexpr Field S2SW{384, 384};
inline constexpr Field S2SA{385, 385};
inline constexpr Field S_S2SL0_2{386, 386};
inline constexpr Field S_S2TTB{439, 388};
inline constexpr Field S_S2SKL{446, 445};

// Stage 2 permission overlay index p, 4 bits each from bit 448.
consteval Field S2POI(unsigned p) {
  return {4 * p + 451, 4 * p + 448};
}

// Config: bit 2 lets traffic pass, bit 1 enables stage 2, bit 0 stage 1.
inline constexpr u64 kConfigAbort = 0b000, kConfigBypass = 0b100, kConfigS1 = 0b101, kConfigS2 = 0b110,
                     kConfigNested = 0b111;
inline constexpr Field ConfigPass{3, 3};
inline constexpr Field ConfigS2{2, 2};
inline constexpr Field ConfigS1{1, 1};

inline constexpr u64 kS1FmtLinear = 0b00, kS1Fmt4K = 0b01, kS1Fmt64K = 0b10;
inline constexpr u64 kS1DssTerminate = 0b00, kS1DssBypass = 0b01, kS1DssSsid0 = 0b10;
inline constexpr u64 kEatsAbort = 0b00, kEatsFull = 0b01, kEatsSplit = 0b10, kEatsDpt = 0b11;
inline constexpr u64 kStrwNsEl1 = 0b00, kStrwEl2 = 0b10;
inline constexpr u64 kShcfgNonShareable = 0b00, kShcfgIncoming = 0b01, kShcfgOuter = 0b10, kShcfgInner = 0b11;
inline constexpr u64 kPrivcfgIncoming = 0b00, kPrivcfgUnprivileged = 0b10, kPrivcfgPrivileged = 0b11;
inline constexpr u64 kInstcfgIncoming = 0b00, kInstcfgData = 0b10, kInstcfgInstruction = 0b11;
inline constexpr u64 kS2Tg4K = 0b00, kS2Tg64K = 0b01, kS2Tg16K = 0b10;

}  // namespace ste
}  // namespace smmu_vp::spec
