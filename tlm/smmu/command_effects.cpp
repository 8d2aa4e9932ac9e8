// Each takes effect at consumption; docs/ordering.md says what CMD_SYNC adds.
#include "tlm/smmu/command_effects.h"

namespace smmu_vp::smmu {

void CommandEffects::prefetch_configuration(u32 sid, bool ssv, u32 ssid) {
  // Nothing is cached while SMMUEN is 0, and nothing recorded ever (4.2). The Update of SMMUEN and broadcast
  // syncs wait for what this reads, as for a transaction (6.3.9.6, 3.21.1).
  if (!state_.registers.smmu_enabled()) return;
  const Transactions::InFlight in_flight(state_.transactions);
  tcu_.configuration(sid, ssv, ssid, Tcu::Cause::kOther);
}

void CommandEffects::prefetch_translations(u32 sid, bool ssv, u32 ssid, const core::PrefetchSpan& span) {
  if (state_.registers.smmu_enabled()) prefetcher_.request(sid, ssv, ssid, span);
}

void CommandEffects::invalidate_streams(u32 first, u32 last) {
  tcu_.config_cache().invalidate_streams(first, last);
  state_.facts.announce(trace::ConfigInvalidated{name_, first, 0});
}

void CommandEffects::invalidate_context(u32 sid, u32 ssid, bool leaf) {
  tcu_.config_cache().invalidate_context(sid, ssid, leaf);
  state_.facts.announce(trace::ConfigInvalidated{name_, sid, ssid});
}

void CommandEffects::invalidate_contexts(u32 sid) {
  tcu_.config_cache().invalidate_contexts(sid);
  state_.facts.announce(trace::ConfigInvalidated{name_, sid, 0});
}

void CommandEffects::invalidate_translations(const core::TlbScope& scope) {
  tcu_.invalidate(scope, name_);
}

void CommandEffects::invalidate_atc(u32 sid, bool ssv, u32 ssid, bool global, u64 address, u8 log2_size) {
  // 4.5.1: ignored while SMMUEN is 0.
  if (state_.registers.smmu_enabled()) atc_.send(sid, ssv, ssid, global, address, log2_size);
}

void CommandEffects::respond_to_page_request(u32 sid, bool ssv, u32 ssid, u16 prg_index,
                                             spec::Resp response) {
  // 4.5.2: ignored while SMMUEN is 0.
  if (state_.registers.smmu_enabled()) pri_.respond(sid, ssv, ssid, prg_index, response);
}

void CommandEffects::resume(u32 sid, u16 stag, core::StallAction action) {
  stalls_.resume(sid, stag, action);
}

void CommandEffects::terminate_stalls(u32 sid) {
  stalls_.terminate(sid);
}

spec::Cerror CommandEffects::synchronize() {
  const u64 below = state_.transactions.next_number();
  state_.facts.announce(trace::SyncBegin{index_, below});
  // Invalidations have taken effect already; what may still use the old state are transactions older than
  // this command (3.21.1, 3.21.3), and those include the records of their events (4.7.3).
  state_.transactions.wait_below(below);
  const bool all_completed = atc_.wait_all();
  // A completion stands for what the device sent before it: translated accesses that arrived ahead of it are
  // visible too (4.5.1).
  state_.transactions.wait_below(atc_.completed_at());
  return all_completed ? spec::Cerror::CERROR_NONE : spec::Cerror::CERROR_ATC_INV_SYNC;
}

}  // namespace smmu_vp::smmu
