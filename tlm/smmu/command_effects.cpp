// A command takes effect when it is consumed, or, of a TLB invalidation, some time later; docs/ordering.md says what CMD_SYNC
// adds.
#include "tlm/smmu/command_effects.h"

namespace smmu_vp::smmu {

void CommandEffects::prefetch_configuration(const spec::Requester& who) {
  // While SMMUEN is 0 nothing is cached, and an error is never recorded (4.2). The Update of SMMUEN and
  // broadcast syncs wait for these reads as for a transaction (6.3.9.6, 3.21.1).
  if (!state_.registers.smmu_enabled()) return;
  const Transactions::InFlight in_flight(state_.transactions);
  tcu_.configuration(who, Tcu::Cause::kOther);
}

void CommandEffects::prefetch_translations(const spec::Requester& who, const core::PrefetchSpan& span) {
  if (state_.registers.smmu_enabled()) prefetcher_.request(who, span);
}

void CommandEffects::invalidate_streams(u32 first, u32 last, bool leaf) {
  const bool all = state_.config.invalidate == core::InvalidateMode::kGenerous;
  tcu_.config_cache().invalidate_streams(all ? 0 : first, all ? ~u32{0} : last, leaf && !all);
  state_.configuration_changed();
  watch_.configuration_invalidated({first, {}});
}

void CommandEffects::invalidate_context(const spec::Requester& context, bool leaf) {
  if (state_.config.invalidate == core::InvalidateMode::kGenerous)
    tcu_.config_cache().invalidate_streams(context.sid, context.sid, true);
  else
    tcu_.config_cache().invalidate_context(context.sid, context.ssid(), leaf);
  state_.configuration_changed();
  watch_.configuration_invalidated(context);
}

void CommandEffects::invalidate_contexts(u32 sid) {
  tcu_.config_cache().invalidate_contexts(sid);
  state_.configuration_changed();
  watch_.configuration_invalidated({sid, {}});
}

void CommandEffects::invalidate_translations(const core::TlbScope& scope) {
  tlbis_.issue(scope, watch_.opcode());
}

void CommandEffects::invalidate_atc(const spec::Requester& who, bool global, u64 address, u8 log2_size) {
  // 4.5.1: ignored while SMMUEN is 0.
  if (state_.registers.smmu_enabled()) atc_.send(who, global, address, log2_size);
}

void CommandEffects::respond_to_page_request(const spec::Requester& who, u16 prg_index, spec::Resp response) {
  // 4.5.2: ignored while SMMUEN is 0.
  if (state_.registers.smmu_enabled()) pri_.respond(who, prg_index, response);
}

void CommandEffects::resume(u32 sid, u16 stag, core::StallAction action) {
  stalls_.resume(sid, stag, action);
}

void CommandEffects::terminate_stalls(u32 sid) {
  stalls_.terminate(sid);
}

spec::Cerror CommandEffects::synchronize() {
  const bool waits = !state_.config.has(core::HardwareBug::kSyncDoesNotWait);
  if (waits) tlbis_.sync();
  const u64 below = state_.transactions.next_number();
  watch_.sync_waits(below);
  if (!waits) return spec::Cerror::CERROR_NONE;
  // Invalidations have taken effect by now. Only transactions older than this command can still use the old
  // state (3.21.1, 3.21.3); waiting for them also waits for their event records (4.7.3).
  state_.transactions.wait_below(below);
  const bool all_completed = atc_.wait_all();
  // A completion also guarantees that translated accesses which arrived before it are visible (4.5.1).
  state_.transactions.wait_below(atc_.completed_at());
  return all_completed ? spec::Cerror::CERROR_NONE : spec::Cerror::CERROR_ATC_INV_SYNC;
}

}  // namespace smmu_vp::smmu
