// From an address to its translation: the TLB, misses that merge, walks; and prefetches, which are no more.
#include "tlm/smmu/tbu.h"

namespace smmu_vp::smmu {

std::optional<u64> Tbu::input_address(const core::Configuration& found, const core::Access& access) const {
  if (found.stage1) return core::canonical_address(found.context, access);
  // Stage 1 bypassed: the address must fit (3.4).
  return access.address < state_.address_limit() ? std::optional(access.address) : std::nullopt;
}

std::optional<core::Fault> Tbu::look_up(u64 transaction, u32 sid, const core::Regime& regime,
                                        const core::WalkRequest& request, Tcu::Cause cause,
                                        core::LookupResult& found) {
  const core::LookupKey key = core::lookup_key(regime, request.address);
  const u64 releases = releases_;
  found = tlb_.lookup(key);
  const bool hit = found.status == core::LookupStatus::kHit;
  if (hit && core::allows(found.entry.rights, core::access_of(request))) {
    ++state_.counters.tlb_hits;
    return std::nullopt;
  }
  // A hit that leads to a walk all the same is not satisfied from the TLB (10.3).
  if (cause == Tcu::Cause::kTransaction && (!hit || core::walk_tells_more(regime, request)))
    state_.count(spec::pmcg::Event::kTlbMiss, sid);
  return translate(transaction, sid, regime, request, key, found, releases);
}

void Tbu::prefetch(core::Access access) {
  const Transactions::InFlight transaction(state_.transactions);
  const u64 number = transaction.number();
  announce_begin(number, access, "prefetch", 0);
  const core::ConfigRef found = tcu_.configuration(access.sid, access.ssv, access.ssid, Tcu::Cause::kOther);
  bool there = false;
  if (!found->fault && found->translates()) {
    override_attributes(found->stream, access);
    core::LookupResult translation;
    if (const std::optional<u64> address = input_address(*found, access))
      there = !look_up(number, access.sid, core::regime_of(*found), core::walk_request(access, *address),
                       Tcu::Cause::kOther, translation);
  }
  end(number, there ? "ok" : "nothing");
}

// How many walks of others an access waits for. One that others overtake again and again, since their walks
// fault or take every MSHR, then walks for itself and leaves no entry: a CMD_SYNC that waits for it must end
// (4.7).
constexpr unsigned kPatience = 16;

// What follows a TLB lookup that missed or does not allow the access (docs/ordering.md, rule 4).
std::optional<core::Fault> Tbu::translate(u64 transaction, u32 sid, const core::Regime& regime,
                                          const core::WalkRequest& request, const core::LookupKey& key,
                                          core::LookupResult& found, u64 releases) {
  for (unsigned waits = 0;; ++waits) {
    switch (found.status) {
      case core::LookupStatus::kHit: {
        ++state_.counters.tlb_hits;
        const bool allowed = core::allows(found.entry.rights, core::access_of(request));
        if (allowed) return std::nullopt;
        if (!core::walk_tells_more(regime, request))
          return request.probe ? std::nullopt : std::optional(core::Fault{spec::EventId::F_PERMISSION});
        // Walked again in place of the entry: to see which stage refuses, or to find the page writable-clean.
        tlb_.invalidate(core::page_of(key, found.entry));
        break;
      }
      case core::LookupStatus::kMiss: {
        ++state_.counters.tlb_misses;
        const core::WalkResult result = tcu_.walk(transaction, sid, regime, request);
        // The fill drops what an invalidation overtook; this transaction may still use it, since CMD_SYNC
        // waits for it (rule 2).
        tlb_.fill(found.mshr, result.cacheable ? &result.translation : nullptr);
        ++releases_;
        released_.notify();
        found.entry = result.translation;
        return result.fault;
      }
      case core::LookupStatus::kMerged:
        ++state_.counters.tlb_merged;
        break;
      case core::LookupStatus::kFull:
        ++state_.counters.tlb_full;
        break;
    }
    if (found.status != core::LookupStatus::kHit) {
      if (waits == kPatience) {
        const core::WalkResult result = tcu_.walk(transaction, sid, regime, request);
        found.entry = result.translation;
        return result.fault;
      }
      if (releases_ == releases) sc_core::wait(released_);
    }
    releases = releases_;
    found = tlb_.lookup(key);
  }
}

}  // namespace smmu_vp::smmu
