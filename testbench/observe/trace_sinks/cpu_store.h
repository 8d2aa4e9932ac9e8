// What a driver's side tells of itself, for those who read a recording. The machine announces no such fact, so it is not on the
// bus and no monitor can depend on it.
#pragma once

#include <string>

#include "tlm/trace/fact.h"

namespace smmu_vp::tb {

// A CPU is about to write a device register, or has stored to memory that an SMMU reads.
struct CpuStore {
  u32 cpu;
  u64 pa;
  std::string code;  // the functions that it is in, the innermost first
  SMMU_VP_FACT("cpu.store") { f("cpu", cpu), f("pa", trace::Hex{pa}), f("code", std::string_view{code}); }
};

}  // namespace smmu_vp::tb
