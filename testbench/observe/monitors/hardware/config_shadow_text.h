// What the monitors of structures say alike.
#pragma once

#include "testbench/observe/monitors/hardware/config_shadow.h"
#include "testbench/observe/monitors/monitor.h"

namespace smmu_vp::tb {

// "word 0: 0x1 -> 0x3, word 2: ..., first seen at 12.500 us", of a state that differs from memory; or where memory has
// the structure now, or that nothing leads to it any more.
std::string changes_of(const CachedStructure& state);
// "the CD of StreamID 0x8, SubstreamID 1 at 0x80020040".
std::string place_of(const StructureId& id, u64 pa);
// "the CMDQ is there", of the queue of which `pa` is an entry; empty when it is of none.
std::string queue_at(const RegisterShadow& registers, u64 pa, u8 smmu);
Subject subject_of(const StructureId& id, u64 pa);

}  // namespace smmu_vp::tb
