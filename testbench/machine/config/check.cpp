// The rules that involve several configuration keys.
#include "testbench/machine/config/check.h"

#include <fmt/format.h>

#include <set>

#include "testbench/machine/config/address_map.h"
#include "testbench/machine/config/config_error.h"
#include "tlm/core/id_registers.h"

namespace smmu_vp::tb {

namespace {

void memory(const MemoryConfig& m) {
  if (m.base % 4096 != 0)
    throw ConfigError(fmt::format("memory.base = {:#x}: expected a multiple of 4096", m.base));
  if (m.size % 4096 != 0)
    throw ConfigError(fmt::format("memory.size = {}: expected a multiple of 4096", m.size));
  if (m.host_address % 4096 != 0) {
    throw ConfigError(
        fmt::format("memory.host_address = {:#x}: expected a multiple of 4096", m.host_address));
  }
  constexpr u64 kDevicesEnd = map::kPcieWindow + map::kPcieWindowSize;
  if (m.base < kDevicesEnd && m.base + m.size > map::kMsiDoorbell) {
    throw ConfigError(fmt::format("memory.base = {:#x}: RAM must not cover the devices at {:#x}..{:#x}",
                                  m.base, map::kMsiDoorbell, kDevicesEnd));
  }
}

void smmu(const Config& c) {
  const u64 base = c.smmu.base;
  if (base % 0x1'0000 != 0)
    throw ConfigError(fmt::format("smmu.base = {:#x}: expected a multiple of 64 KB", base));
  const u64 end = base + map::kSmmuSize;
  const bool in_hole = base >= map::kMsiDoorbell + map::kMsiDoorbellSize && end <= map::kPlatformDevices;
  const bool above_ram = base >= c.memory.base + c.memory.size;
  if (!in_hole && !above_ram) {
    throw ConfigError(fmt::format("smmu.base = {:#x}: expected {:#x}..{:#x} or above RAM", base,
                                  map::kMsiDoorbell + map::kMsiDoorbellSize,
                                  map::kPlatformDevices - map::kSmmuSize));
  }
}

void features(const core::SmmuConfig& c) {
  if (const auto refused = core::unsupported(c)) throw ConfigError(*refused);
}

// The RTL knows neither TG and TTL nor planted bugs.
void reference_only(const Config& c) {
  if (c.tlb.impl == CacheImpl::kReference) return;
  constexpr const char* kNeed = "expected smmu.tbu.tlb.impl = \"reference\" with it";
  if (c.smmu.invalidate == core::InvalidateMode::kMinimal)
    throw ConfigError(fmt::format("smmu.invalidate = \"minimal\": {}", kNeed));
  if (c.smmu.has(core::HardwareBug::kFillOutlivesInvalidation))
    throw ConfigError(fmt::format("hardware.bug = \"fill_outlives_invalidation\": {}", kNeed));
}

void endpoints(const Config& c) {
  std::set<u32> buses;
  for (std::size_t i = 0; i < c.endpoints.size(); ++i) {
    const EndpointConfig& e = c.endpoints[i];
    const auto wrong = [&](const char* key, auto value, const std::string& limit) {
      return ConfigError(fmt::format("endpoint.{}.{} = {}: expected {}", i, key, value, limit));
    };
    if (u64{e.stream_id} >> c.smmu.features.sid_bits != 0) {
      throw wrong("stream_id", e.stream_id,
                  fmt::format("less than 2^{} (smmu.features.sid_bits)", c.smmu.features.sid_bits));
    }
    if (e.is_function() && e.stream_id < 0x100) {
      throw wrong("stream_id", e.stream_id, "0x100 or more: bus 0 holds the root ports");
    }
    if (e.is_function()) buses.insert(e.bus());
    if (buses.size() > pcie::kMostRootPorts)
      throw wrong("stream_id", e.stream_id, fmt::format("at most {} buses", pcie::kMostRootPorts));
    if (e.atc.ways > e.atc.entries) throw wrong("atc.ways", e.atc.ways, "at most atc.entries");
    for (std::size_t j = 0; j < i; ++j) {
      if (c.endpoints[j].stream_id == e.stream_id) {
        throw wrong("stream_id", e.stream_id, fmt::format("another one than endpoint.{}'s", j));
      }
    }
  }
}

}  // namespace

void check(const Config& config) {
  memory(config.memory);
  smmu(config);
  features(config.smmu);
  reference_only(config);
  endpoints(config);
}

}  // namespace smmu_vp::tb
