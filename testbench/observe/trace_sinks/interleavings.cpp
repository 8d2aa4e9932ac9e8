// What is in flight, and what meets it.
#include "testbench/observe/trace_sinks/interleavings.h"

#include <algorithm>

#include "tlm/spec/vmsa.h"

namespace smmu_vp::tb {

namespace {

using spec::InvalidationScope;
using enum Interleaving;

constexpr u64 kPageMask = 0xFFF;
constexpr std::size_t kMostAtcInvalidations = 64;

// Whether [first, last] has a byte of the 4 KB around va.
bool covers_page(u64 first, u64 last, u64 va) {
  return (va & ~kPageMask) <= last && (va | kPageMask) >= first;
}

}  // namespace

// A descriptor is announced when it has been read, so it says what is read next: the next level, or in a nested walk
// first stage 2's tables for what stage 1 has found.
void Interleavings::Transaction::has_read(const trace::WalkRead& f) {
  const bool leads_on = f.level < static_cast<int>(spec::vmsa::kLastLevel) &&
                        (f.descriptor & spec::vmsa::kTableOrPage) == spec::vmsa::kTableOrPage;
  nested |= f.stage2;
  stage2 = f.stage2 ? leads_on : nested;
  if (!f.stage2) table_fetch = leads_on && f.level + 1 < static_cast<int>(spec::vmsa::kLastLevel);
}

Interleavings::Interleavings(trace::Bus& bus) {
  listen_to_transactions(bus);
  listen_to_caches(bus);
  listen_to_the_device(bus);
  listen_to_software(bus);
}

void Interleavings::listen_to_transactions(trace::Bus& bus) {
  bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& f, u64) {
    Transaction& t = transactions_[{f.smmu, f.transaction}];
    t.who = f.who;
    t.prefetch = !f.kind;
    t.request = f.kind == spec::pcie::At::kTranslationRequest;
  });
  bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& f, u64) {
    transactions_.erase({f.smmu, f.transaction});
  });
  const auto change = [this](u8 smmu, u64 number, auto how) {
    const auto at = transactions_.find({smmu, number});
    if (at != transactions_.end()) how(at->second);
  };
  bus.on<trace::WalkBegin>([change](const trace::WalkBegin& f, u64) {
    change(f.smmu, f.transaction, [&](Transaction& t) {
      t.walking = true, t.nested = t.table_fetch = t.stage2 = false, t.asid = f.asid, t.va = f.va;
    });
  });
  bus.on<trace::WalkRead>([change](const trace::WalkRead& f, u64) {
    change(f.smmu, f.transaction, [&](Transaction& t) { t.has_read(f); });
  });
  bus.on<trace::WalkEnd>([this, change](const trace::WalkEnd& f, u64) {
    change(f.smmu, f.transaction, [&](Transaction& t) {
      t.walking = false;
      for (auto& [id, miss] : misses_)
        if (miss.context == t.asid && ((miss.va ^ t.va) & ~kPageMask) == 0) miss.walked = true;
    });
  });
  bus.on<trace::Translated>([change](const trace::Translated& f, u64) {
    change(f.smmu, f.transaction, [](Transaction& t) { t.translated = true; });
  });
  bus.on<trace::Stalled>([change](const trace::Stalled& f, u64) {
    change(f.smmu, f.transaction, [](Transaction& t) { t.stalled = true; });
  });
  bus.on<trace::Resumed>([change](const trace::Resumed& f, u64) {
    change(f.smmu, f.transaction, [](Transaction& t) { t.stalled = false; });
  });
  bus.on<trace::TlbInvalidated>([this](const trace::TlbInvalidated& f, u64) { invalidated(f); });
  bus.on<trace::SyncBegin>([this](const trace::SyncBegin& f, u64) { synced(f); });
  bus.on<trace::SyncEnd>([this](const trace::SyncEnd&, u64) { syncs_ -= syncs_ == 0 ? 0 : 1; });
}

void Interleavings::invalidated(const trace::TlbInvalidated& f) {
  bool walk = false, table_fetch = false, stage2 = false, prefetch = false;
  for (const auto& [id, t] : transactions_) {
    if (!t.walking || id.first != f.smmu || (f.by_asid && t.asid != f.asid)) continue;
    if (f.by_va && !covers_page(f.first, f.last, t.va)) continue;
    walk = true;
    table_fetch |= t.table_fetch;
    stage2 |= t.stage2;
    prefetch |= t.prefetch;
  }
  met(tlbi_over_walk, walk);
  met(tlbi_over_table_fetch, table_fetch);
  met(tlbi_over_stage2_walk, stage2);
  met(tlbi_over_prefetch, prefetch);
}

void Interleavings::synced(const trace::SyncBegin& f) {
  ++syncs_;
  bool lookup = false, walk = false, access = false;
  for (const auto& [id, t] : transactions_) {
    if (id.first != f.smmu || id.second >= f.oldest_transaction || t.stalled) continue;
    (t.walking ? walk : t.translated ? access : lookup) = true;
  }
  met(sync_behind_lookup, lookup);
  met(sync_behind_walk, walk);
  met(sync_behind_memory_access, access);
}

void Interleavings::listen_to_caches(trace::Bus& bus) {
  bus.on<trace::CacheLookup>([this](const trace::CacheLookup& f, u64) {
    if (f.status == spec::LookupStatus::kMiss) misses_[{f.site, f.mshr}] = {.context = f.context, .va = f.va};
    if (f.status != spec::LookupStatus::kMerged) return;
    const auto at = misses_.find({f.site, f.mshr});
    if (at != misses_.end()) ++at->second.merged;
  });
  bus.on<trace::CacheFill>([this](const trace::CacheFill& f, u64) { misses_.erase({f.site, f.mshr}); });
  bus.on<trace::CacheInvalidate>([this](const trace::CacheInvalidate& f, u64) { invalidated(f); });
}

void Interleavings::invalidated(const trace::CacheInvalidate& f) {
  const bool atc = f.site.ends_with("_atc");
  bool miss = false, merged = false, walked = false;
  for (const auto& [id, m] : misses_) {
    if (id.first != f.site) continue;
    const bool by_context = f.scope == InvalidationScope::kContext || f.scope == InvalidationScope::kVa;
    if (by_context && m.context != f.context) continue;
    if (f.scope == InvalidationScope::kVa && !covers_page(f.first, f.last, m.va)) continue;
    miss = true;
    merged |= m.merged != 0;
    walked |= m.walked;
  }
  met(atc_inv_over_request, atc && miss);
  met(tlbi_over_merged_miss, !atc && merged);
  met(tlbi_over_waiting_fill, !atc && walked);
}

void Interleavings::listen_to_the_device(trace::Bus& bus) {
  bus.on<trace::AtcInvalidateReceived>([this](const trace::AtcInvalidateReceived& f, u64 t_ps) {
    const u64 below = f.log2_size >= 64 ? ~u64{0} : (u64{1} << f.log2_size) - 1;
    if (atc_invalidations_.size() == kMostAtcInvalidations)
      atc_invalidations_.erase(atc_invalidations_.begin());
    atc_invalidations_.push_back({f.who, f.address & ~below, f.address | below, {t_ps, t_ps}});
  });
  bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& f, u64 t_ps) { accessed(f, t_ps); });
  bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) {
    if (f.last && !f.stop_marker()) groups_[{f.who.sid, f.prg_index}] = f.who.ssid();
  });
  bus.on<trace::PrgResponseReceived>([this](const trace::PrgResponseReceived& f, u64) {
    groups_.erase({f.who.sid, f.prg_index});
  });
  bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64 t_ps) {
    if (f.outcome == trace::PageRequestOutcome::kAutoResponse) overflows_ps_.push_back(t_ps);
  });
}

// An access is announced at its end; an invalidation that came meanwhile met it.
void Interleavings::accessed(const trace::DeviceAccess& f, u64 t_ps) {
  if (f.kind != spec::pcie::At::kTranslated) return;
  const Span access{t_ps - f.latency_ps, t_ps};
  met(atc_inv_over_dma, std::ranges::any_of(atc_invalidations_, [&](const AtcInvalidation& i) {
        return i.who.sid == f.who.sid && (!i.who.pasid || i.who.pasid == f.who.pasid) &&
               access.has(i.span.begin_ps) && covers_page(i.first, i.last, f.va);
      }));
}

void Interleavings::listen_to_software(trace::Bus& bus) {
  bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) {
    if (f.phase == spec::Phase::kLive || f.phase == spec::Phase::kReused)
      bound_[f.mm][{f.sid, f.pasid}] = f.asid;
    if (f.phase == spec::Phase::kUnbound) bound_[f.mm].erase({f.sid, f.pasid});
  });
  bus.on<trace::FaultGroupBegin>([this](const trace::FaultGroupBegin& f, u64) {
    served_[{f.sid, f.group}] = f.pasid;
  });
  bus.on<trace::FaultGroupEnd>([this](const trace::FaultGroupEnd& f, u64) {
    served_.erase({f.sid, f.group});
  });
  bus.on<trace::InvalidateBegin>([this](const trace::InvalidateBegin& f, u64) { ++invalidating_[f.mm]; });
  bus.on<trace::InvalidateEnd>([this](const trace::InvalidateEnd& f, u64) { --invalidating_[f.mm]; });
  bus.on<trace::ReleaseBegin>([this](const trace::ReleaseBegin& f, u64 t_ps) { released(f.mm, t_ps); });
  bus.on<trace::Operation>([this](const trace::Operation& f, u64) { ended(f); });
}

void Interleavings::released(u64 mm, u64 t_ps) {
  releases_ps_.push_back(t_ps);
  const auto found = bound_.find(mm);
  if (found == bound_.end() || found->second.empty()) return;  // nobody uses it
  const auto& users = found->second;
  const auto of_mm = [&](u32 sid, u32 pasid) { return users.contains({sid, pasid}); };
  bool walk = false, request = false, stall = false;
  for (const auto& [id, t] : transactions_) {
    if (!t.who.pasid || !of_mm(t.who.sid, *t.who.pasid)) continue;
    walk |= t.walking;
    request |= t.request;
    stall |= t.stalled;
  }
  const auto any = [&](const std::map<std::pair<u32, u32>, u32>& groups, bool unserved) {
    return std::ranges::any_of(groups, [&](const auto& group) {
      return of_mm(group.first.first, group.second) && !(unserved && served_.contains(group.first));
    });
  };
  met(release_over_walk, walk);
  met(release_over_request, request);
  met(release_over_stall, stall);
  met(release_over_queued_group, any(groups_, true));
  met(release_over_served_group, any(served_, false));
  met(release_over_invalidation, invalidating_[mm] != 0);
  met(release_over_sync, syncs_ != 0);
}

// An operation is announced at its end.
void Interleavings::ended(const trace::Operation& f) {
  if (!f.part.empty() || (f.name != "bind" && f.name != "unbind")) return;
  const Span span{f.begin_ps, f.end_ps};
  const auto within = [&](const std::vector<u64>& times) {
    return std::any_of(times.rbegin(), times.rend(), [&](u64 t_ps) { return span.has(t_ps); });
  };
  met(f.name == "bind" ? release_over_bind : release_over_unbind, within(releases_ps_));
  met(overflow_during_unbind, f.name == "unbind" && within(overflows_ps_));
}

}  // namespace smmu_vp::tb
