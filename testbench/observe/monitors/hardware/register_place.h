// Whether an access has a size and a place that registers have (6.2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tlm/spec/registers.h"
#include "tlm/spec/types.h"
#include "tlm/trace/facts_detail.h"

namespace smmu_vp::tb {

enum class RegisterAccessKind : u8 { kRead, kWrite };

std::string refused_text(const trace::RegisterRefused& access);
// Of an access in pages 0 and 1 that the SMMU took.
std::vector<std::string> place_faults(u32 offset, spec::RegisterSize size, RegisterAccessKind kind);
// A 32-bit write to where no register is.
std::optional<std::string> nowhere_fault(u32 offset, u64 value);

}  // namespace smmu_vp::tb
