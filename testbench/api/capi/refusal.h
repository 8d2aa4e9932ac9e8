// How the code behind the C ABI refuses a call: a status and a one-line reason.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "testbench/api/capi/abi.h"
#include "tlm/spec/types.h"

namespace smmu_vp::tb {

class Refusal : public std::runtime_error {
 public:
  Refusal(smmu_vp_status status, const std::string& why) : std::runtime_error(why), status_(status) {}
  smmu_vp_status status() const { return status_; }

 private:
  smmu_vp_status status_;
};

inline Refusal invalid(const std::string& why) {
  return {SMMU_VP_EINVAL, why};
}

// Converts an unchecked number to an enumerator; `last` is the last enumerator.
template <typename Enumeration>
Enumeration enumerator(const char* what, u32 number, Enumeration last) {
  const auto limit = static_cast<u32>(last);
  if (number > limit)
    throw Refusal(SMMU_VP_EINVAL, fmt::format("{} {}: expected 0..{}", what, number, limit));
  return static_cast<Enumeration>(number);
}

}  // namespace smmu_vp::tb
