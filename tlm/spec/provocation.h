// Where a planted bug does harm: every table of planted bugs says it in this form.
#pragma once

#include <array>
#include <string_view>

namespace smmu_vp::spec {

struct Provocation {
  std::string_view scenario;
  // "key=value" each, beside the scenario's own; those not needed are empty.
  std::array<std::string_view, 3> settings = {};
  bool operator==(const Provocation&) const = default;
};

}  // namespace smmu_vp::spec
