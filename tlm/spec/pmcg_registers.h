// The counter group registers that this model implements, for `smmu-vp list registers` (10.5.1).
#pragma once

#include "tlm/spec/pmcg.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::spec::pmcg {

// Fields of the registers that are not one number or one bit per counter.
inline constexpr NamedField kEvtyperFields[] = {
    {"OVFCAP", EVTYPER::OVFCAP}, {"FILTER_SID_SPAN", EVTYPER::FILTER_SID_SPAN}, {"EVENT", EVTYPER::EVENT}};
inline constexpr NamedField kCfgrFields[] = {
    {"SID_FILTER_TYPE", CFGR::SID_FILTER_TYPE}, {"CAPTURE", CFGR::CAPTURE}, {"MSI", CFGR::MSI},
    {"RELOC_CTRS", CFGR::RELOC_CTRS},           {"SIZE", CFGR::SIZE},       {"NCTR", CFGR::NCTR}};
inline constexpr NamedField kCrFields[] = {{"E", CR::E}};
inline constexpr NamedField kIrqCtrlFields[] = {{"IRQEN", IRQ_CTRL::IRQEN}};
inline constexpr NamedField kIrqCfg0Fields[] = {{"ADDR", IRQ_CFG0::ADDR}};
inline constexpr NamedField kIrqCfg2Fields[] = {{"SH", IRQ_CFG2::SH}, {"MEMATTR", IRQ_CFG2::MEMATTR}};
inline constexpr NamedField kIrqStatusFields[] = {{"IRQ_ABT", IRQ_STATUS::IRQ_ABT}};
inline constexpr NamedField kCaprFields[] = {{"CAPTURE", CAPR::CAPTURE}};

struct GroupRegister {
  const char* name;  // without the SMMU_PMCG_ prefix; an array's ends in n
  u32 offset;        // from page 0 of the group, of element 0
  unsigned width;    // bits
  RegisterAccess access;
  const char* section;
  std::span<const NamedField> fields = {};
  WriteEffect write = WriteEffect::kReplace;
  unsigned stride = 0;  // bytes from element to element; 0: no array
};

// In the order of 10.5.1. Offsets not listed read as zero and ignore writes.
inline constexpr GroupRegister kGroupRegisters[] = {
    {"EVTYPERn", offset::EVTYPER0, 32, RegisterAccess::kRW, "10.5.2.2", kEvtyperFields, {}, 4},
    {"SMRn", offset::SMR0, 32, RegisterAccess::kRW, "10.5.2.4", {}, {}, 4},
    {"CNTENSET0", offset::CNTENSET0, 64, RegisterAccess::kRW, "10.5.2.5", {}, WriteEffect::kOneSets},
    {"CNTENCLR0", offset::CNTENCLR0, 64, RegisterAccess::kRW, "10.5.2.6", {}, WriteEffect::kOneClears},
    {"INTENSET0", offset::INTENSET0, 64, RegisterAccess::kRW, "10.5.2.7", {}, WriteEffect::kOneSets},
    {"INTENCLR0", offset::INTENCLR0, 64, RegisterAccess::kRW, "10.5.2.8", {}, WriteEffect::kOneClears},
    {"CFGR", offset::CFGR, 32, RegisterAccess::kRO, "10.5.2.13", kCfgrFields},
    {"CR", offset::CR, 32, RegisterAccess::kRW, "10.5.2.14", kCrFields},
    {"CEID0", offset::CEID0, 64, RegisterAccess::kRO, "10.5.2.16"},
    {"CEID1", offset::CEID1, 64, RegisterAccess::kRO, "10.5.2.17"},
    {"IRQ_CTRL", offset::IRQ_CTRL, 32, RegisterAccess::kRW, "10.5.2.19", kIrqCtrlFields},
    {"IRQ_CTRLACK", offset::IRQ_CTRLACK, 32, RegisterAccess::kRO, "10.5.2.20", kIrqCtrlFields},
    {"IRQ_CFG0", offset::IRQ_CFG0, 64, RegisterAccess::kRW, "10.5.2.21", kIrqCfg0Fields},
    {"IRQ_CFG1", offset::IRQ_CFG1, 32, RegisterAccess::kRW, "10.5.2.22"},
    {"IRQ_CFG2", offset::IRQ_CFG2, 32, RegisterAccess::kRW, "10.5.2.23", kIrqCfg2Fields},
    {"IRQ_STATUS", offset::IRQ_STATUS, 32, RegisterAccess::kRO, "10.5.2.24", kIrqStatusFields},
    {"AIDR", offset::AIDR, 32, RegisterAccess::kRO, "10.5.2.26"},
    {"EVCNTRn", offset::EVCNTR0, 64, RegisterAccess::kRW, "10.5.2.1", {}, {}, 8},
    {"SVRn", offset::SVR0, 64, RegisterAccess::kRO, "10.5.2.3", {}, {}, 8},
    {"OVSCLR0", offset::OVSCLR0, 64, RegisterAccess::kRW, "10.5.2.9", {}, WriteEffect::kOneClears},
    {"OVSSET0", offset::OVSSET0, 64, RegisterAccess::kRW, "10.5.2.10", {}, WriteEffect::kOneSets},
    {"CAPR", offset::CAPR, 32, RegisterAccess::kWO, "10.5.2.11", kCaprFields},
};

}  // namespace smmu_vp::spec::pmcg
