// A scenario's requirements on its configuration, checked before the run: if it failed in the middle, it
// would look like a fault of the machine.
#pragma once

#include <string_view>
#include <vector>

#include "testbench/machine/config/config.h"
#include "testbench/machine/config/pace.h"

namespace smmu_vp::tb {

struct Needs {
  // Endpoints, by number, that must be accelerators attached in a certain way; others may exist or not.
  struct Endpoint {
    std::size_t index;
    Attachment attachment;
  };
  std::vector<Endpoint> endpoints = {};
  // At least one accelerator attached in each of these ways.
  std::vector<Attachment> attachments = {};
  u64 processes = 1;      // bound at the same time, each with a PASID
  u64 process_bytes = 0;  // of memory, in all processes together
  // Devices keep the rules: they answer requests in time.
  bool honest = true;
};

// Bytes of `pages` pages of the kernel's size.
inline u64 page_bytes(const Config& config, u64 pages) {
  return pages << (12 + 2 * static_cast<unsigned>(config.driver.granule));
}

// Throws ConfigError: the key, its value, and what `scenario` needs.
void check_needs(const Config& config, std::string_view scenario, const Needs& needs, const Pace& pace);

}  // namespace smmu_vp::tb
