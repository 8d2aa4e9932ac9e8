/* Typed from the manual: offsets and bits that a driver uses must be these (6.3.9, 6.3.14, 6.3.24, 6.3.95, 10.5.2). */
#include "smmu_registers.h"

_Static_assert(SMMU_CR0 == 0x20 && SMMU_CR0_SMMUEN_MASK == 1u << 0 && SMMU_CR0_CMDQEN_SHIFT == 3, "CR0");
_Static_assert(SMMU_GBPA_Update_MASK == 0x80000000 && SMMU_GBPA_SHCFG_MASK == 3u << 12, "GBPA");
_Static_assert(SMMU_STRTAB_BASE == 0x80 && SMMU_STRTAB_BASE_ADDR_MASK == 0x00FFFFFFFFFFFFC0, "STRTAB_BASE");
_Static_assert(SMMU_EVENTQ_PROD == 0x100A8 && SMMU_EVENTQ_PROD_OVFLG_SHIFT == 31, "EVENTQ_PROD is in page 1");
_Static_assert(SMMU_GATOS_PAR_FADDR_SHIFT == 12 && SMMU_GATOS_PAR_ADDR_SHIFT == 12, "both views of GATOS_PAR");
_Static_assert(SMMU_PMCG_EVCNTR(0) == 0x30000 && SMMU_PMCG_EVCNTR(7) == 0x30038, "64-bit counters");
_Static_assert(SMMU_PMCG_EVTYPER(3) == 0x2040C && SMMU_PMCG_EVTYPER_EVENT_MASK == 0xFFFF, "32-bit types");
_Static_assert((SMMU_IDR0_ST_LEVEL_MASK >> SMMU_IDR0_ST_LEVEL_SHIFT) == 3, "a field of two bits");

int main(void) { return 0; }
