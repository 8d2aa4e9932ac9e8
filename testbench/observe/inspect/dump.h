// The SMMU's structures and caches at one moment, as text files.
#pragma once

#include <string>
#include <vector>

#include "testbench/machine/platform/platform.h"

namespace smmu_vp::tb {

struct DumpedFile {
  std::string name, text;
};

// Call it while simulated time does not advance; changes nothing.
std::vector<DumpedFile> dump(const Platform& platform);

}  // namespace smmu_vp::tb
