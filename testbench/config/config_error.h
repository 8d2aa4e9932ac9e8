// What a wrong configuration is reported as: one line with place, key, value and limit.
#pragma once

#include <stdexcept>

namespace smmu_vp::tb {

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace smmu_vp::tb
