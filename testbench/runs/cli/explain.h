// `smmu-vp explain`: describes one name in detail.
#pragma once

#include <string>

namespace smmu_vp::tb {

// Throws ConfigError for an unknown name.
std::string explain(const std::string& topic);

}  // namespace smmu_vp::tb
