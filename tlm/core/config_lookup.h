// Finding STE and CD in memory (3.3.1, 3.3.2), in the order of 7.3.22.
#pragma once

#include <functional>

#include "tlm/core/configuration.h"
#include "tlm/core/ports.h"
#include "tlm/core/register_file.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::core {

class ConfigLookup {
 public:
  // `fetching` is told the StreamID of each access to a structure.
  ConfigLookup(
      const RegisterFile& registers, const SmmuFeatures& features, MemoryPort& memory,
      const trace::Bus& facts, std::function<void(u32 sid)> fetching = [](u32) {})
      : registers_(registers),
        features_(features),
        memory_(memory),
        facts_(facts),
        fetching_(std::move(fetching)) {}

  // The STE alone; `ssid` and `ssv` only describe the transaction in facts.
  Configuration stream(u32 sid);
  // Completes what stream() found with the CD that the SubstreamID selects.
  Configuration context(u32 sid, const Configuration& stream, bool ssv, u32 ssid);

 private:
  Configuration fault(const Configuration& so_far, spec::EventId event, u64 fetch_address = 0) const;
  Configuration fetch_ste(u32 sid, u64 address);
  Configuration fetch_cd(u32 sid, const Configuration& stream, u32 ssid);
  bool fetch(std::string_view structure, u32 sid, u32 ssid, u64 address, void* data, std::size_t bytes);

  const RegisterFile& registers_;
  const SmmuFeatures& features_;
  MemoryPort& memory_;
  const trace::Bus& facts_;
  std::function<void(u32 sid)> fetching_;
};

}  // namespace smmu_vp::core
