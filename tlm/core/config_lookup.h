// Fetches an STE and a CD from memory (3.3.1, 3.3.2), in the fault order of 7.3.22. Under
// stage 2, CD tables are at IPAs.
#pragma once

#include <functional>

#include "tlm/core/config_cache.h"
#include "tlm/core/ports.h"
#include "tlm/core/register_file.h"
#include "tlm/core/stage2_walk.h"
#include "tlm/trace/smmu_bus.h"

namespace smmu_vp::core {

class ConfigLookup {
 public:
  // `fetching` is called with the StreamID at each read of a structure.
  ConfigLookup(
      const RegisterFile& registers, const SmmuFeatures& features, MemoryPort& memory, Stage2Walker& stage2,
      const trace::SmmuBus& facts, std::function<void(u32 sid)> fetching = [](u32) {})
      : registers_(registers),
        features_(features),
        memory_(memory),
        stage2_(stage2),
        facts_(facts),
        fetching_(std::move(fetching)) {}

  // The STE alone. `kept`, if any, are first-level descriptors that need not be fetched again.
  Configuration stream(u32 sid, FirstLevel* kept = nullptr);
  // Adds the CD that the SubstreamID selects to what stream() returned.
  Configuration context(const spec::Requester& who, const Configuration& stream, FirstLevel* kept = nullptr);

 private:
  Configuration fault(const Configuration& so_far, const Fault& met) const;
  Configuration fetch_ste(u32 sid, u64 address);
  Configuration fetch_cd(const spec::Requester& who, const Configuration& stream, FirstLevel* kept);
  // The address of a CD, or the fault met while looking for it.
  std::optional<Fault> find_cd(const spec::Requester& who, const StreamConfig& stream, FirstLevel* kept,
                               u64& address);
  // An L1CD or CD, or the fault met while fetching it.
  std::optional<Fault> fetch_for_stage1(spec::Structure structure, const spec::Requester& who,
                                        const StreamConfig& stream, u64 address, void* data,
                                        std::size_t bytes);
  // Where a structure is, and how it is accessed.
  struct Place {
    u64 pa;
    spec::MemoryType type;
  };
  bool fetch(spec::Structure structure, const spec::Requester& who, const Place& place, void* data,
             std::size_t bytes);

  const RegisterFile& registers_;
  const SmmuFeatures& features_;
  MemoryPort& memory_;
  Stage2Walker& stage2_;
  trace::SmmuBus facts_;
  std::function<void(u32 sid)> fetching_;
};

// Looks up what the configuration cache missed, and fills the cache unless it was invalidated since `epoch`.
// STE and CD are cached separately: a miss on the CD does not fetch the STE again.
ConfigRef fetch_into(ConfigCache& cache, ConfigLookup& lookup, u32 sid, u32 selector, u64 epoch);

}  // namespace smmu_vp::core
