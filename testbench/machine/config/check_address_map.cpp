// The places of the address map: alignment, the limits of PCIe's windows, and overlaps.
#include "testbench/machine/config/check_address_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "testbench/machine/config/address_map.h"
#include "testbench/machine/config/config_error.h"
#include "tlm/spec/pcie.h"

namespace smmu_vp::tb {

namespace {

struct Place {
  const char* key;  // that of its first address
  u64 base, bytes;
  u64 last() const { return base + (bytes - 1); }
};

void multiple(const char* key, u64 value, u64 of, const char* of_what = "") {
  if (value % of != 0)
    throw ConfigError(fmt::format("{} = {:#x}: expected a multiple of {:#x}{}", key, value, of, of_what));
}

void alignment(const Config& c) {
  constexpr u64 kPage = 4096, kRegisterPage = 0x1'0000;
  multiple("memory.base", c.memory.base, kPage);
  multiple("memory.size", c.memory.size, kPage);
  multiple("memory.host_address", c.memory.host_address, kPage);
  multiple("memory.file_offset", c.memory.file_offset, kPage);
  multiple("smmu.base", c.smmu.base, kRegisterPage);
  multiple("pcie.ecam_base", c.pcie.ecam_base, c.pcie.ecam_size, " (pcie.ecam_size)");  // 7.2.2
  multiple("pcie.window_base", c.pcie.window_base, spec::pcie::bridge::kWindowUnit);
  multiple("pcie.window_size", c.pcie.window_size, spec::pcie::bridge::kWindowUnit);
  multiple("platform.devices_base", c.platform.devices_base, map::kPlatformDeviceStride);
  multiple("platform.doorbell_base", c.platform.doorbell_base, map::kMsiDoorbellSize);
  multiple("platform.foreign_doorbell_base", c.platform.foreign_doorbell_base, sizeof(u32));
  multiple("platform.foreign_doorbell_size", c.platform.foreign_doorbell_size, sizeof(u32));
}

// Where the SMMU's own MSIs and those that it translates can go (3.4.3).
void reachable(const char* key, u64 base, u64 bytes, unsigned oas_bits) {
  if ((base + bytes - 1) >> oas_bits != 0)
    throw ConfigError(fmt::format("{} = {:#x}: expected it to end below 2^{} (smmu.features.oas_bits)", key,
                                  base, oas_bits));
}

std::vector<Place> places(const Config& c) {
  const auto devices = static_cast<u64>(
      std::ranges::count_if(c.endpoints, [](const EndpointConfig& e) { return !e.is_function(); }));
  std::vector<Place> all = {{"memory.base", c.memory.base, c.memory.size},
                            {"smmu.base", c.smmu.base, map::kSmmuSize},
                            {"pcie.ecam_base", c.pcie.ecam_base, c.pcie.ecam_size},
                            {"pcie.window_base", c.pcie.window_base, c.pcie.window_size},
                            {"platform.doorbell_base", c.platform.doorbell_base, map::kMsiDoorbellSize}};
  if (devices != 0)
    all.push_back({"platform.devices_base", c.platform.devices_base, devices * map::kPlatformDeviceStride});
  if (c.platform.foreign_doorbell_base != 0)
    all.push_back({"platform.foreign_doorbell_base", c.platform.foreign_doorbell_base,
                   c.platform.foreign_doorbell_size});
  return all;
}

}  // namespace

void check_address_map(const Config& config) {
  alignment(config);
  // A bridge's window registers have 32 bits (7.5.1.3.8).
  const PcieConfig& pcie = config.pcie;
  if (pcie.window_size > spec::pcie::kFourGigabytes - pcie.window_base)
    throw ConfigError(fmt::format("pcie.window_size = {:#x}: expected at most {:#x}, so that it ends at 4 GB",
                                  pcie.window_size, spec::pcie::kFourGigabytes - pcie.window_base));
  const PlatformConfig& platform = config.platform;
  const unsigned oas_bits = config.smmu.features.oas_bits;
  reachable("platform.doorbell_base", platform.doorbell_base, map::kMsiDoorbellSize, oas_bits);
  reachable("platform.foreign_doorbell_base", platform.foreign_doorbell_base, platform.foreign_doorbell_size,
            oas_bits);
  const std::vector<Place> all = places(config);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Place &later = all[i], &earlier = all[j];
      if (later.last() < earlier.base || later.base > earlier.last()) continue;
      throw ConfigError(fmt::format("{} = {:#x}: {:#x}..{:#x} overlaps {:#x}..{:#x} at {}", later.key,
                                    later.base, later.base, later.last(), earlier.base, earlier.last(),
                                    earlier.key));
    }
  }
}

}  // namespace smmu_vp::tb
