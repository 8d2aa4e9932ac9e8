// The phase table as text.
#pragma once

#include <string>

#include "testbench/observe/report/phase_table.h"
#include "testbench/observe/report/text.h"

namespace smmu_vp::tb {

std::string phase_text(const PhaseTable& table, std::size_t width, const Paint& paint);

}  // namespace smmu_vp::tb
