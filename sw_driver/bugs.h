// Historical driver bugs that driver.bug turns on, each at exactly one point of the driver, to check that a
// monitor catches it.
#pragma once

#include <array>
#include <string_view>

#include "tlm/spec/provocation.h"
#include "tlm/spec/types.h"

namespace smmu_vp::sw {

#define BUG(id, ...) id,
enum class Bug : u8 {
  kNone,
#include "sw_driver/bugs.def"
};

struct BugInfo {
  Bug bug;
  std::string_view name;
  std::string_view description;
  std::string_view source;  // the historical change that fixed it, or the report
  spec::Provocation shows;
};

#define BUG(id, name, description, source, scenario, ...) \
  BugInfo{Bug::id, name, description, source, {scenario, {__VA_ARGS__}}},
inline constexpr std::array kBugs = {
#include "sw_driver/bugs.def"
};

}  // namespace smmu_vp::sw
