// The control unit for all TBUs: configuration cache and fetches, walk cache and
// walkers, and their invalidation.
#pragma once

#include <vector>

#include "tlm/core/command.h"
#include "tlm/core/config_cache.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/walk.h"
#include "tlm/smmu/counted_port.h"
#include "tlm/smmu/tcu_watch.h"
#include "tlm/smmu/tlb_broadcast.h"
#include "tlm/smmu/turnstile.h"

namespace smmu_vp::smmu {

class Tcu {
 public:
  Tcu(State& state, std::vector<core::TranslationCachePort*> tlbs);

  // What a configuration lookup is for. Misses of transactions are an event of the counter group; those of
  // commands and page requests are not (10.3, note 2).
  enum class Cause : u8 { kTransaction, kOther };
  // STE and CD of a transaction, or the fault met while fetching them. May block.
  core::ConfigRef configuration(const spec::Requester& who, Cause cause = Cause::kTransaction) {
    return find(who.sid, core::ConfigCache::selector_of(who), cause);
  }
  // The STE alone, for ATS Translated transactions and STE.PPAR.
  core::ConfigRef stream_configuration(u32 sid, Cause cause = Cause::kTransaction) {
    return find(sid, core::ConfigCache::kStreamOnly, cause);
  }
  core::WalkResult walk(u64 transaction, u32 sid, const core::Regime& regime,
                        const core::WalkRequest& request);

  core::ConfigCache& config_cache() { return config_cache_; }
  const core::WalkCache& walk_cache() const { return walk_cache_; }
  // Takes effect in all TLBs and in the walk cache before it returns. Commands and broadcasts take turns; for
  // a broadcast, `command` is empty.
  void invalidate(const core::TlbScope& scope, std::optional<spec::Opcode> command);

 private:
  void invalidate_exactly(const core::TlbScope& scope, std::optional<spec::Opcode> command);
  core::ConfigRef find(u32 sid, u32 selector, Cause cause) {
    core::ConfigRef hit = config_cache_.find(sid, selector);
    if (!hit) return fetch(sid, selector, cause);
    watch_.config_hit();
    state_.timing.charge(state_.config.timing.config_hit_ps);
    return hit;
  }
  core::ConfigRef fetch(u32 sid, u32 selector, Cause cause);
  void hop() { state_.timing.charge(state_.config.timing.tbu_tcu_hop_ps); }

  State& state_;
  TcuWatch watch_;
  TlbBroadcast tlbs_;
  core::ConfigCache config_cache_;
  core::WalkCache walk_cache_;
  CountedPort walk_memory_;
  core::Stage2Walker stage2_;
  core::ConfigLookup config_lookup_;
  core::Walker walker_;
  Turnstile walkers_, invalidating_;
  u64 invalidations_ = 0;
};

}  // namespace smmu_vp::smmu
