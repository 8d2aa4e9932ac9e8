// What one access writes of one register, and which bits and values of it the manual reserves.
#pragma once

#include <string>
#include <vector>

#include "testbench/observe/monitors/monitor.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

// At its place within the register: half of a 64-bit one may be written alone.
struct RegisterStore {
  const spec::Register& reg;
  u32 offset;         // of the access
  u64 before, value;  // of what the access covers; zero beside it
  u64 changed() const { return before ^ value; }
};

// Reserved bits and values, addresses beyond the output size; with monitors.strict also what is ignored.
std::vector<std::string> reserved_faults(const RegisterStore& store, const MachineTraits& machine);

}  // namespace smmu_vp::tb
