// The bugs of driver and hardware, as one list.
#pragma once

#include <string_view>
#include <vector>

#include "tlm/spec/provocation.h"

namespace smmu_vp::tb {

struct PlantedBug {
  std::string_view key;  // that turns it on: driver.bug or hardware.bug
  std::string_view name;
  std::string_view description;
  std::string_view source;  // the historical change or report, of a driver's
  spec::Provocation shows;
};

// The driver's first, each table in its order.
const std::vector<PlantedBug>& planted_bugs();

}  // namespace smmu_vp::tb
