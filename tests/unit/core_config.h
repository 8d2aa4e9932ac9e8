// A stream table in memory that is looked up as the registers say, and CDs by their words.
#pragma once

#include <doctest/doctest.h>

#include "tests/unit/core_memory.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/context_descriptor.h"

namespace smmu_vp::test {

inline constexpr u64 kStrtab = 0x4'0000, kCds = 0x6'0000;
inline constexpr u64 kSte0 = 0xB;  // V, Config 0b101
// T0SZ 16, 4 KB, EPD1, V, IPS 48 bits, AA64, A, ASID 0x42.
inline constexpr u64 kCd0 = 0x0042'C205'C000'3510;

inline core::SmmuConfig config_of(const core::SmmuFeatures& features) {
  core::SmmuConfig config;
  config.features = features;
  return config;
}

struct ConfigTables {
  core::SmmuConfig config;
  core::RegisterFile registers{config};
  WordMemory memory;
  core::WalkCache walk_cache{64};
  core::Stage2Walker stage2{memory, walk_cache, config.features.oas_bits, silent_facts()};
  core::ConfigLookup lookup{registers, config.features, memory, stage2, silent_facts()};

  explicit ConfigTables(u32 strtab_base_cfg = 8, const core::SmmuFeatures& features = {},
                        u64 strtab_base = kStrtab)
      : config(config_of(features)) {
    registers.write(0x80, 8, strtab_base);
    registers.write(0x88, 4, strtab_base_cfg);
  }
  void ste(u32 sid, u64 w0, u64 w1 = 0) {
    memory.words[kStrtab + 64 * u64{sid}] = w0;
    memory.words[kStrtab + 64 * u64{sid} + 8] = w1;
  }
  core::Configuration find(u32 sid, bool ssv = false, u32 ssid = 0) {
    return lookup.context(sid, lookup.stream(sid), ssv, ssid);
  }
};

inline void check_fault(const core::Configuration& c, spec::EventId event, u64 fetch = 0) {
  REQUIRE(c.fault.has_value());
  CHECK(c.fault->event == event);
  CHECK(c.fault->fetch_address == fetch);
}

inline std::optional<core::Context> cd_of(u64 w0, u64 ttb0 = 0x10'0000, u64 ttb1 = 0,
                                          const core::SmmuFeatures& f = {},
                                          const core::StreamConfig& stream = {}) {
  spec::Cd cd;
  cd.w[0] = w0;
  cd.w[1] = ttb0;
  cd.w[2] = ttb1;
  return core::parse_cd(cd, stream, f);
}

}  // namespace smmu_vp::test
