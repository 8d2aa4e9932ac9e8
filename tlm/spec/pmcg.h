// The Performance Monitor Counter Group: registers and architected events (10.3, 10.5).
//
// Offsets count from page 0 of the group; page 1, with the registers that
// CFGR.RELOC_CTRS relocates, is at kPage1.
#pragma once

#include "tlm/spec/field.h"

namespace smmu_vp::spec::pmcg {

inline constexpr u32 kPage1 = 0x10000;  // in a separate aligned 64KB page (10.5)
inline constexpr u32 kPageSize = 0x1000;

enum class Event : u8 {
  kClockCycle = 0,
  kTransaction = 1,
  kTlbMiss = 2,
  kConfigCacheMiss = 3,
  kTableWalkAccess = 4,
  kConfigAccess = 5,
  kAtsRequest = 6,
  kAtsTranslated = 7,
};
inline constexpr unsigned kEvents = 8;

namespace offset {
inline constexpr u32 EVCNTR0 = kPage1 + 0x000, EVTYPER0 = 0x400, SVR0 = kPage1 + 0x600, SMR0 = 0xA00;
inline constexpr u32 CNTENSET0 = 0xC00, CNTENCLR0 = 0xC20, INTENSET0 = 0xC40, INTENCLR0 = 0xC60;
inline constexpr u32 OVSCLR0 = kPage1 + 0xC80, OVSSET0 = kPage1 + 0xCC0, CAPR = kPage1 + 0xD88;
inline constexpr u32 CFGR = 0xE00, CR = 0xE04, CEID0 = 0xE20, CEID1 = 0xE28;
inline constexpr u32 IRQ_CTRL = 0xE50, IRQ_CTRLACK = 0xE54, IRQ_CFG0 = 0xE58, IRQ_CFG1 = 0xE60,
                     IRQ_CFG2 = 0xE64, IRQ_STATUS = 0xE68, AIDR = 0xE70;
}  // namespace offset

namespace EVTYPER {
inline constexpr Field OVFCAP{31, 31}, FILTER_SID_SPAN{29, 29}, EVENT{15, 0};
}
namespace CFGR {
inline constexpr Field SID_FILTER_TYPE{23, 23}, CAPTURE{22, 22}, MSI{21, 21}, RELOC_CTRS{20, 20}, SIZE{13, 8},
    NCTR{5, 0};
}
namespace CAPR {
inline constexpr Field CAPTURE{0, 0};
}
namespace CR {
inline constexpr Field E{0, 0};
}
namespace IRQ_CTRL {
inline constexpr Field IRQEN{0, 0};
}
namespace IRQ_CFG0 {
inline constexpr Field ADDR{55, 2};
}
namespace IRQ_CFG2 {
inline constexpr Field SH{5, 4}, MEMATTR{3, 0};
}
namespace IRQ_STATUS {
inline constexpr Field IRQ_ABT{0, 0};
}

}  // namespace smmu_vp::spec::pmcg
