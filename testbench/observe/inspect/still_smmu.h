// A frozen SMMU: the state that determines what it would do.
#pragma once

#include "testbench/observe/inspect/still_memory.h"
#include "tlm/core/reference_cache.h"
#include "tlm/smmu/smmu.h"

namespace smmu_vp::tb {

struct StillSmmu {
  const core::SmmuConfig& config;
  smmu::Smmu::Inspection state;
  StillMemory::Look memory;
  unsigned tbu = 0;  // through which the stream's transactions arrive
  const core::ReferenceCache* tlb =
      nullptr;                  // of that TBU; not there when it is RTL, whose contents are hidden
  spec::MemoryType supplied{};  // with the stream's accesses, by its bus
};

}  // namespace smmu_vp::tb
