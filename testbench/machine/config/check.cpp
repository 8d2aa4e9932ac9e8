// The rules that involve several configuration keys.
#include "testbench/machine/config/check.h"

#include <fmt/format.h>

#include "testbench/machine/config/check_address_map.h"
#include "testbench/machine/config/config_error.h"
#include "tlm/core/id_registers.h"
#include "tlm/spec/pcie.h"

namespace smmu_vp::tb {

namespace {

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
  for (std::size_t i = 0; i < c.endpoints.size(); ++i) {
    const EndpointConfig& e = c.endpoints[i];
    const auto wrong = [&](const char* key, auto value, const std::string& limit) {
      return ConfigError(fmt::format("endpoint.{}.{} = {}: expected {}", i, key, value, limit));
    };
    if (u64{e.stream_id} >> c.smmu.features.sid_bits != 0) {
      throw wrong("stream_id", e.stream_id,
                  fmt::format("less than 2^{} (smmu.features.sid_bits)", c.smmu.features.sid_bits));
    }
    const u64 requester_ids = c.pcie.ecam_size / spec::pcie::kConfigBytes;
    if (e.is_function() && e.stream_id >= requester_ids)
      throw wrong("stream_id", e.stream_id, fmt::format("less than {:#x} (pcie.ecam_size)", requester_ids));
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
  check_address_map(config);
  features(config.smmu);
  reference_only(config);
  endpoints(config);
}

}  // namespace smmu_vp::tb
