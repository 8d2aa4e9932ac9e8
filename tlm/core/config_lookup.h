// Finding STE and CD in memory (3.3.1, 3.3.2), in the order of 7.3.22. Under stage 2, CD tables are at IPAs.
#pragma once

#include <functional>

#include "tlm/core/configuration.h"
#include "tlm/core/ports.h"
#include "tlm/core/register_file.h"
#include "tlm/core/stage2_walk.h"
#include "tlm/trace/bus.h"

namespace smmu_vp::core {

class ConfigLookup {
 public:
  // `fetching` is told the StreamID of each access to a structure.
  ConfigLookup(
      const RegisterFile& registers, const SmmuFeatures& features, MemoryPort& memory, Stage2Walker& stage2,
      const trace::Bus& facts, std::function<void(u32 sid)> fetching = [](u32) {})
      : registers_(registers),
        features_(features),
        memory_(memory),
        stage2_(stage2),
        facts_(facts),
        fetching_(std::move(fetching)) {}

  // The STE alone; `ssid` and `ssv` only describe the transaction in facts.
  Configuration stream(u32 sid);
  // Completes what stream() found with the CD that the SubstreamID selects.
  Configuration context(u32 sid, const Configuration& stream, bool ssv, u32 ssid);

 private:
  Configuration fault(const Configuration& so_far, const Fault& met) const;
  Configuration fetch_ste(u32 sid, u64 address);
  Configuration fetch_cd(u32 sid, const Configuration& stream, u32 ssid);
  // An L1CD or CD, or the fault of reading it.
  std::optional<Fault> fetch_for_stage1(std::string_view structure, u32 sid, u32 ssid,
                                        const StreamConfig& stream, u64 address, void* data,
                                        std::size_t bytes);
  bool fetch(std::string_view structure, u32 sid, u32 ssid, u64 address, void* data, std::size_t bytes);

  const RegisterFile& registers_;
  const SmmuFeatures& features_;
  MemoryPort& memory_;
  Stage2Walker& stage2_;
  const trace::Bus& facts_;
  std::function<void(u32 sid)> fetching_;
};

}  // namespace smmu_vp::core
