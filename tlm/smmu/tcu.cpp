// Lookups on behalf of TBUs, and their time.
#include "tlm/smmu/tcu.h"

namespace smmu_vp::smmu {

using core::ConfigCache;

Tcu::Tcu(State& state, std::vector<core::TranslationCachePort*> tlbs)
    : state_(state),
      tlbs_(state.timing, std::move(tlbs)),
      config_cache_(state.config.config_cache_entries),
      walk_cache_(state.config.walk_cache_entries),
      walk_memory_(state),
      stage2_(state.config.features.pmcg ? static_cast<core::MemoryPort&>(walk_memory_) : state.memory,
              walk_cache_, state.config.features.oas_bits, state.facts),
      config_lookup_(state.registers, state.config.features, state.memory, stage2_, state.facts,
                     [&state](u32 sid) { state.count(spec::pmcg::Event::kConfigAccess, sid); }),
      walker_(state.config.features.pmcg ? static_cast<core::MemoryPort&>(walk_memory_) : state.memory,
              walk_cache_, stage2_, state.config.features.oas_bits, state.facts) {}

core::ConfigRef Tcu::configuration(u32 sid, bool ssv, u32 ssid, Cause cause) {
  return find(sid, ssv ? ssid : ConfigCache::kNoSubstream, cause);
}

core::ConfigRef Tcu::stream_configuration(u32 sid, Cause cause) {
  return find(sid, ConfigCache::kStreamOnly, cause);
}

core::ConfigRef Tcu::find(u32 sid, u32 selector, Cause cause) {
  if (core::ConfigRef hit = config_cache_.find(sid, selector)) {
    ++state_.counters.config_hits;
    state_.timing.charge(state_.config.timing.config_hit_ps);
    return hit;
  }
  if (cause == Cause::kTransaction) state_.count(spec::pmcg::Event::kConfigCacheMiss, sid);
  return fetch(sid, selector);
}

core::ConfigRef Tcu::fetch(u32 sid, u32 selector) {
  ++state_.counters.config_misses;
  const u64 epoch = config_cache_.epoch();
  hop();
  // STE and CD are cached apart: a CD's miss does not fetch the STE again.
  core::ConfigRef found = config_cache_.find(sid, ConfigCache::kStreamOnly);
  if (!found) {
    found = core::ConfigRef(config_lookup_.stream(sid));
    config_cache_.fill(sid, ConfigCache::kStreamOnly, found, epoch);
  }
  if (selector != ConfigCache::kStreamOnly) {
    const bool ssv = selector != ConfigCache::kNoSubstream;
    const CountedPort::For walks(walk_memory_, sid);  // of stage 2, for CD and L1CD
    found = core::ConfigRef(config_lookup_.context(sid, *found, ssv, ssv ? selector : 0));
    config_cache_.fill(sid, selector, found, epoch);
    state_.counters.walk_reads = walker_.descriptors_read();
  }
  hop();
  return found;
}

core::WalkResult Tcu::walk(u64 transaction, u32 sid, const core::Regime& regime,
                           const core::WalkRequest& request) {
  ++state_.counters.walks;
  hop();
  while (walks_running_ == state_.config.walkers) sc_core::wait(walker_freed_);
  ++walks_running_;
  const CountedPort::For walks(walk_memory_, sid);
  const core::WalkResult result = walker_.walk(transaction, regime, request);
  --walks_running_;
  state_.counters.walk_reads = walker_.descriptors_read();
  walker_freed_.notify();
  hop();
  return result;
}

// CR0.VMW joins VMIDs into groups for invalidation: each of the group in turn (3.17.6).
void Tcu::invalidate(const core::TlbScope& scope, std::string_view command) {
  const Turnstile::Pass turn(invalidating_);
  const unsigned wildcard =
      core::vmid_wildcard_bits(state_.registers.word(spec::offset::CR0), scope, state_.config.features);
  const u32 group = u32{1} << wildcard;
  core::TlbScope one = scope;
  one.what.vmid = static_cast<u16>(scope.what.vmid & ~(group - 1));
  for (u32 i = 0; i < group; ++i, ++one.what.vmid) invalidate_exactly(one, command);
}

void Tcu::invalidate_exactly(const core::TlbScope& scope, std::string_view command) {
  state_.timing.charge(state_.config.timing.tlbi_broadcast_ps);
  // The walk cache first: a walk that starts between the two finds nothing stale to fill a TLB from.
  const u32 tables = walk_cache_.invalidate(scope.what, scope.leaf_only);
  const core::InvalidateResult result = tlbs_.invalidate(scope.what);
  if (!state_.facts.heard<trace::TlbInvalidated>()) return;
  using Scope = core::Invalidation::Scope;
  const bool by_va = scope.what.scope == Scope::kVa;
  state_.facts.announce(trace::TlbInvalidated{
      .name = command,
      .vmid = scope.what.vmid,
      .asid = scope.what.context,
      .by_va = by_va,
      .by_asid = scope.what.scope == Scope::kContext || (by_va && !scope.what.any_context),
      .first = scope.what.first,
      .last = scope.what.last,
      .entries = tables + result.entries,
      .poisoned = result.mshrs_poisoned});
}

}  // namespace smmu_vp::smmu
