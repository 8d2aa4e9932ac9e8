// A stream table in memory, looked up by the registers, and CDs given by their words.
#pragma once

#include <doctest/doctest.h>

#include "tests/support/registers.h"
#include "tests/support/structures.h"
#include "tests/unit/core_memory.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/context_descriptor.h"

namespace smmu_vp::test {

inline constexpr u64 kStrtab = 0x4'0000, kCds = 0x6'0000;
inline constexpr u64 kSte0 = ste::kStage1 | ste::V;
// 48 bits in and out, 4 KB, write-back and inner shareable walks, no TTB1; faults abort.
inline constexpr u64 kCd0 = cd::asid(0x42) | cd::kTtb0 | cd::A;

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
    registers.write(reg::STRTAB_BASE, spec::RegisterSize::k64, strtab_base);
    registers.write(reg::STRTAB_BASE_CFG, spec::RegisterSize::k32, strtab_base_cfg);
  }
  void ste(u32 sid, u64 w0, u64 w1 = 0) {
    memory.words[kStrtab + 64 * u64{sid}] = w0;
    memory.words[kStrtab + 64 * u64{sid} + 8] = w1;
  }
  core::Configuration find(u32 sid, bool ssv = false, u32 ssid = 0) {
    return lookup.context({sid, spec::substream(ssv, ssid)}, lookup.stream(sid));
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
  return core::parse_cd({{w0, ttb0, ttb1}}, stream, f);
}

}  // namespace smmu_vp::test
