// Lookups for the TBUs, and the time they take.
#include "tlm/smmu/tcu.h"

#include "tlm/core/invalidate_mode.h"

namespace smmu_vp::smmu {

using core::ConfigCache;
using core::HardwareBug;

Tcu::Tcu(State& state, std::vector<core::TranslationCachePort*> tlbs)
    : state_(state),
      watch_(state),
      tlbs_(state.timing, std::move(tlbs)),
      config_cache_(state.config.config_cache_entries, state.config.invalidate),
      walk_cache_(state.config.walk_cache_entries),
      walk_memory_(state),
      stage2_(state.config.features.pmcg ? static_cast<core::MemoryPort&>(walk_memory_) : state.memory,
              walk_cache_, state.config.features.oas_bits, state.facts),
      config_lookup_(state.registers, state.config.features, state.memory, stage2_, state.facts,
                     [this](u32 sid) { watch_.structure_fetched(sid); }),
      walker_(state.config.features.pmcg ? static_cast<core::MemoryPort&>(walk_memory_) : state.memory,
              walk_cache_, stage2_, state.config.features.oas_bits, state.facts),
      walkers_(state.config.walkers) {}

core::ConfigRef Tcu::configuration(const spec::Requester& who, Cause cause) {
  return find(who.sid, ConfigCache::selector_of(who), cause);
}

core::ConfigRef Tcu::stream_configuration(u32 sid, Cause cause) {
  return find(sid, ConfigCache::kStreamOnly, cause);
}

core::ConfigRef Tcu::find(u32 sid, u32 selector, Cause cause) {
  if (core::ConfigRef hit = config_cache_.find(sid, selector)) {
    watch_.config_hit();
    state_.timing.charge(state_.config.timing.config_hit_ps);
    return hit;
  }
  watch_.config_miss(sid, cause == Cause::kTransaction);
  const u64 epoch = config_cache_.epoch();
  hop();
  const CountedPort::For walks(walk_memory_, sid);  // stage 2 walks for CD and L1CD
  core::ConfigRef found = core::fetch_into(config_cache_, config_lookup_, sid, selector, epoch);
  watch_.descriptors_read(walker_.descriptors_read());
  hop();
  return found;
}

core::WalkResult Tcu::walk(u64 transaction, u32 sid, const core::Regime& regime,
                           const core::WalkRequest& request) {
  watch_.walk();
  hop();
  core::WalkResult result;
  {
    const Turnstile::Pass walker(walkers_);
    const CountedPort::For walks(walk_memory_, sid);
    result = walker_.walk(transaction, regime, request);
    watch_.descriptors_read(walker_.descriptors_read());
  }
  hop();
  return result;
}

// CR0.VMW makes an invalidation apply to a group of VMIDs: each of them is invalidated in turn (3.17.6).
void Tcu::invalidate(const core::TlbScope& scope, std::optional<spec::Opcode> command) {
  const Turnstile::Pass turn(invalidating_);
  const unsigned wildcard =
      core::vmid_wildcard_bits(state_.registers.word(spec::offset::CR0), scope, state_.config.features);
  const u32 group = u32{1} << wildcard;
  core::TlbScope one = scope;
  one.what.vmid = static_cast<u16>(scope.what.vmid & ~(group - 1));
  for (u32 i = 0; i < group; ++i, ++one.what.vmid) invalidate_exactly(one, command);
}

void Tcu::invalidate_exactly(const core::TlbScope& scope, std::optional<spec::Opcode> command) {
  const bool drops =
      state_.config.has(HardwareBug::kDroppedTlbi) && ++invalidations_ % core::kStrikesOnceIn == 0;
  const std::optional<core::TlbScope> removed = core::removed_by(scope, state_.config.invalidate);
  u32 tables = 0;
  core::InvalidateResult result;
  if (removed && !drops) {
    // The walk cache comes first: a walk that starts after it cannot fill a TLB from stale tables.
    if (!state_.config.has(HardwareBug::kWalkCacheKeepsTable))
      tables = walk_cache_.invalidate(removed->what, removed->leaf_only);
    result = tlbs_.invalidate(removed->what);
    state_.translations_invalidated(removed->what);
  }
  watch_.invalidated(scope, command, tables, result);
}

}  // namespace smmu_vp::smmu
