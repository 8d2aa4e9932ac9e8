// The control unit: configuration cache and fetches, walk cache and walkers, for all TBUs; and the
// invalidation of all of it.
#pragma once

#include <vector>

#include "tlm/core/command.h"
#include "tlm/core/config_cache.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/walk.h"
#include "tlm/smmu/counted_port.h"
#include "tlm/smmu/tlb_broadcast.h"
#include "tlm/smmu/turnstile.h"

namespace smmu_vp::smmu {

class Tcu {
 public:
  Tcu(State& state, std::vector<core::TranslationCachePort*> tlbs);

  // On whose behalf configuration is looked up: misses of transactions are an event of the counter group,
  // those of commands and page requests are not (10.3, note 2).
  enum class Cause : u8 { kTransaction, kOther };
  // STE and CD of a transaction, or what looking them up met. May block.
  core::ConfigRef configuration(u32 sid, bool ssv, u32 ssid, Cause cause = Cause::kTransaction);
  // The STE alone, as ATS Translated transactions and STE.PPAR need it.
  core::ConfigRef stream_configuration(u32 sid, Cause cause = Cause::kTransaction);
  core::WalkResult walk(u64 transaction, u32 sid, const core::Regime& regime,
                        const core::WalkRequest& request);

  core::ConfigCache& config_cache() { return config_cache_; }
  const core::WalkCache& walk_cache() const { return walk_cache_; }
  // Takes effect in every TBU's TLB and in the walk cache before it returns. Commands and broadcasts take
  // turns.
  void invalidate(const core::TlbScope& scope, std::string_view command);

 private:
  void invalidate_exactly(const core::TlbScope& scope, std::string_view command);
  core::ConfigRef find(u32 sid, u32 selector, Cause cause);
  core::ConfigRef fetch(u32 sid, u32 selector);
  void hop() { state_.timing.charge(state_.config.timing.tbu_tcu_hop_ps); }

  State& state_;
  TlbBroadcast tlbs_;
  core::ConfigCache config_cache_;
  core::WalkCache walk_cache_;
  CountedPort walk_memory_;
  core::Stage2Walker stage2_;
  core::ConfigLookup config_lookup_;
  core::Walker walker_;
  Turnstile invalidating_;
  unsigned walks_running_ = 0;
  sc_core::sc_event walker_freed_;
};

}  // namespace smmu_vp::smmu
