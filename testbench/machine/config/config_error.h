// Reports a wrong configuration: one line with place, key, value and limit.
#pragma once

#include <stdexcept>
#include <string>

namespace smmu_vp::tb {

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The configuration is valid, but needs an RTL model that this build does not contain.
class MissingModel : public ConfigError {
 public:
  struct Text {
    std::string message, model;
  };
  explicit MissingModel(const Text& text) : ConfigError(text.message), model(text.model) {}
  std::string model;
};

}  // namespace smmu_vp::tb
