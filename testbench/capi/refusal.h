// How the parts behind the C ABI say no: a status for the caller and one line that says why.
#pragma once

#include <stdexcept>
#include <string>

#include "testbench/capi/abi.h"

namespace smmu_vp::tb {

class Refusal : public std::runtime_error {
 public:
  Refusal(smmu_vp_status status, const std::string& why) : std::runtime_error(why), status_(status) {}
  smmu_vp_status status() const { return status_; }

 private:
  smmu_vp_status status_;
};

}  // namespace smmu_vp::tb
