// The SMMU's structures and caches at a moment, as text files.
#pragma once

#include <string>
#include <vector>

#include "testbench/platform/platform.h"

namespace smmu_vp::tb {

// Writes stream_table.txt, context_descriptors.txt, page_tables.txt and caches.txt into `dir`, which it
// makes. Call it while time stands still; changes nothing. Returns the paths. Throws OutputError.
std::vector<std::string> dump(const Platform& platform, const std::string& dir);

}  // namespace smmu_vp::tb
