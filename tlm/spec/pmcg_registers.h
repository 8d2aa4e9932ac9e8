// The counter group registers that this model implements, for `smmu-vp list registers` (10.5.1).
#pragma once

#include "tlm/spec/pmcg.h"

namespace smmu_vp::spec::pmcg {

struct GroupRegister {
  const char* name;  // without the SMMU_PMCG_ prefix; an array's ends in n
  u32 offset;        // from page 0 of the group, of element 0
  unsigned width;    // bits
  const char* access;
  const char* section;
  unsigned stride = 0;  // bytes from element to element; 0: no array
};

// In the order of 10.5.1. Offsets not listed read as zero and ignore writes.
inline constexpr GroupRegister kGroupRegisters[] = {
    {"EVTYPERn", offset::EVTYPER0, 32, "RW", "10.5.2.2", 4},
    {"SMRn", offset::SMR0, 32, "RW", "10.5.2.4", 4},
    {"CNTENSET0", offset::CNTENSET0, 64, "RW", "10.5.2.5"},
    {"CNTENCLR0", offset::CNTENCLR0, 64, "RW", "10.5.2.6"},
    {"INTENSET0", offset::INTENSET0, 64, "RW", "10.5.2.7"},
    {"INTENCLR0", offset::INTENCLR0, 64, "RW", "10.5.2.8"},
    {"CFGR", offset::CFGR, 32, "RO", "10.5.2.13"},
    {"CR", offset::CR, 32, "RW", "10.5.2.14"},
    {"CEID0", offset::CEID0, 64, "RO", "10.5.2.16"},
    {"CEID1", offset::CEID1, 64, "RO", "10.5.2.17"},
    {"IRQ_CTRL", offset::IRQ_CTRL, 32, "RW", "10.5.2.19"},
    {"IRQ_CTRLACK", offset::IRQ_CTRLACK, 32, "RO", "10.5.2.20"},
    {"IRQ_CFG0", offset::IRQ_CFG0, 64, "RW", "10.5.2.21"},
    {"IRQ_CFG1", offset::IRQ_CFG1, 32, "RW", "10.5.2.22"},
    {"IRQ_CFG2", offset::IRQ_CFG2, 32, "RW", "10.5.2.23"},
    {"IRQ_STATUS", offset::IRQ_STATUS, 32, "RO", "10.5.2.24"},
    {"AIDR", offset::AIDR, 32, "RO", "10.5.2.26"},
    {"EVCNTRn", offset::EVCNTR0, 64, "RW", "10.5.2.1", 8},
    {"SVRn", offset::SVR0, 64, "RO", "10.5.2.3", 8},
    {"OVSCLR0", offset::OVSCLR0, 64, "RW", "10.5.2.9"},
    {"OVSSET0", offset::OVSSET0, 64, "RW", "10.5.2.10"},
    {"CAPR", offset::CAPR, 32, "WO", "10.5.2.11"},
};

}  // namespace smmu_vp::spec::pmcg
