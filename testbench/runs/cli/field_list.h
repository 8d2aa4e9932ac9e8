// All fields with their owners, for `explain`.
#pragma once

#include <string>
#include <vector>

namespace smmu_vp::tb {

struct ListedField {
  std::string owner, kind, name, section;  // "STE", "structure", "S1DSS", "5.2"
  unsigned msb, lsb;
};
// Structures in memory (STE, CD, their level 1 descriptors, page-table descriptors, page requests),
// registers, events, commands.
std::vector<ListedField> all_fields();

}  // namespace smmu_vp::tb
