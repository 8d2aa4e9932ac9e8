// Explains one translation step by step: what the SMMU would look up, find and
// answer at this moment, and why.
#pragma once

#include <string>
#include <vector>

#include "testbench/machine/platform/platform.h"
#include "testbench/observe/inspect/request.h"
#include "testbench/observe/inspect/still_smmu.h"
#include "tlm/core/translator.h"

namespace smmu_vp::tb {

struct Explained {
  std::string text;
  // The decisions in the text: one per kind of access requested (read, write, instruction read); one
  // for a Translation Request to the address, if there is ATS; and one for the Translated access
  // that its answer allows, if any.
  std::vector<core::Decision> accesses;
  std::optional<core::AtsAnswer> ats;
  std::optional<core::Decision> translated;
};

// Call these while simulated time does not advance. They change nothing.
Explained explain(const StillSmmu& smmu, const ExplainRequest& request);
std::string explain(const Platform& platform, const ExplainRequest& request);

}  // namespace smmu_vp::tb
