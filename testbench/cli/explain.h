// `smmu-vp explain`: one named thing at length.
#pragma once

#include <string>

namespace smmu_vp::tb {

// Throws ConfigError for a name that nothing has.
std::string explain(const std::string& topic);

}  // namespace smmu_vp::tb
