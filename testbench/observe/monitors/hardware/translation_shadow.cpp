// When an entry leaves. An invalidation counts from when it is consumed, also against walks that began before, and is
// complete with its CMD_SYNC, broadcast sync or Invalidate Completion (3.21.1, 3.9.1).
#include "testbench/observe/monitors/hardware/translation_shadow.h"

#include <algorithm>

#include "testbench/observe/monitors/shadows.h"

namespace smmu_vp::tb {

namespace {

u64 tag_key(u32 sid, u32 itag) {
  return u64{sid} << 32 | itag;
}
u64 sync_key(u8 smmu, u64 sync) {
  return u64{smmu} << 56 | sync;
}
}  // namespace

TranslationShadow::TranslationShadow(trace::Bus& bus, const MachineTraits& machine, const MemoryView& memory,
                                     const RegisterShadow& registers, const Flights& flights)
    : machine_(machine),
      memory_(memory),
      registers_(registers),
      flights_(flights),
      seen_(memory),
      requesters_(machine, memory, registers) {
  listen_to_walks(bus);
  listen_to_invalidations(bus);
  listen_to_accesses(bus);
}

void TranslationShadow::listen_to_walks(trace::Bus& bus) {
  bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64 t_ps) {
    requesters_.fetched(f);
    if (any_unrooted_) on_structure(f, t_ps);
  });
  bus.on<trace::WalkBegin>([this](const trace::WalkBegin& f, u64) {
    walks_[transaction_key(f)] = {.invalidations = invalidations_, .address = f.va, .table = f.ttb};
  });
  bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64) { seen_.saw(f.pa, f.descriptor); });
  bus.on<trace::Walked>([this](const trace::Walked& f, u64 t_ps) { on_walked(f, t_ps); });
  bus.on<trace::WalkEnd>([this](const trace::WalkEnd& f, u64 t_ps) {
    if (f.fault) on_fault(f, t_ps);
    walks_.erase(transaction_key(f));
    if (!begun_.empty()) forget_old_invalidations();
  });
  bus.on<trace::AtsGranted>([this](const trace::AtsGranted& f, u64 t_ps) { on_granted(f, t_ps); });
}

void TranslationShadow::listen_to_invalidations(trace::Bus& bus) {
  bus.on<trace::Command>([this](const trace::Command& f, u64 t_ps) { on_command(f, t_ps); });
  // A command that is refused has removed nothing (7.1).
  bus.on<trace::CommandError>([this](const trace::CommandError& f, u64 t_ps) {
    if (last_command_ && last_command_->index == f.index && last_command_->smmu == f.smmu)
      take_back(Leaving::kCommand, last_command_number_, t_ps);
  });
  bus.on<trace::SyncEnd>([this](const trace::SyncEnd& f, u64 t_ps) {
    complete(Leaving::kCommand, invalidations_, f.smmu, t_ps);
  });
  bus.on<trace::TlbInvalidated>([this](const trace::TlbInvalidated& f, u64 t_ps) {
    if (!f.command) begin(scope_of(f), Leaving::kBroadcast, ++invalidations_, t_ps);
  });
  bus.on<trace::BroadcastSyncBegin>([this](const trace::BroadcastSyncBegin& f, u64) {
    broadcast_syncs_[sync_key(f.smmu, f.sync)] = invalidations_;
  });
  bus.on<trace::BroadcastSyncEnd>([this](const trace::BroadcastSyncEnd& f, u64 t_ps) {
    if (const u64* const begun = broadcast_syncs_.find(sync_key(f.smmu, f.sync)))
      complete(Leaving::kBroadcast, *begun, f.smmu, t_ps);
    broadcast_syncs_.erase(sync_key(f.smmu, f.sync));
  });
  bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& f, u64 t_ps) {
    const bool global = last_command_ && spec::cmd::atc_inv::Global.get(last_command_->words().w) != 0;
    atc_invalidations_[tag_key(f.who.sid, f.itag)] = ++invalidations_;
    begin(scope_of(f, global), Leaving::kAtcInvalidation, invalidations_, t_ps);
  });
  bus.on<trace::AtcInvalidateDone>([this](const trace::AtcInvalidateDone& f, u64 t_ps) {
    const u64* const number = atc_invalidations_.find(tag_key(f.sid, f.itag));
    if (number == nullptr) return;
    if (f.timed_out) {
      take_back(Leaving::kAtcInvalidation, *number, t_ps);
    } else {
      complete_atc(*number, t_ps);
    }
  });
  // A function loses its ATC when it is reset, and when its ATS Enable changes (PCIe 6.6.2, 10.5.1.3).
  bus.on<trace::AtcFlushed>([this](const trace::AtcFlushed& f, u64 t_ps) {
    std::vector<Id> lost;
    table_.covered({.atc = true, .vmid = {}, .context = {}, .sid = f.sid, .granule = {}}, lost);
    for (const Id id : lost) end(id, t_ps);
  });
}

void TranslationShadow::on_command(const trace::Command& f, u64 t_ps) {
  look_round(t_ps);
  last_command_ = f;
  last_command_number_ = 0;
  if (const auto scope = scope_of(f, machine_, registers_)) {
    last_command_number_ = ++invalidations_;
    begin(*scope, Leaving::kCommand, invalidations_, t_ps);
  } else if (f.opcode() == spec::Opcode::CMD_CFGI_CD) {
    // A context that is given up: what it leaves behind is known as such should its tags come back.
    const spec::Command c = f.words();
    const spec::Requester who{static_cast<u32>(spec::cmd::SID.get(c.w)),
                              static_cast<u32>(spec::cmd::SSID.get(c.w))};
    const Regime* const regime = requesters_.fetched(requesters_.number_of(who, f.smmu));
    if (regime == nullptr) return;
    const TranslationTags tags{
        .world = regime->world, .smmu = f.smmu, .vmid = regime->vmid, .context = regime->asid};
    for (const Id id : std::vector<Id>(table_.members(tags))) compare(id, t_ps);
  }
}

// Tags that come back into use, with what they had left behind.
void TranslationShadow::on_structure(const trace::ConfigFetched& f, u64 t_ps) {
  TranslationTags tags{.smmu = f.smmu};
  if (f.structure == spec::Structure::kSte) {
    tags.of_ipa = true;
    tags.vmid = static_cast<u16>(spec::ste::S2VMID.get(f.words));
  } else if (f.structure == spec::Structure::kCd) {
    const Regime* const regime = requesters_.fetched(requesters_.number_of(f.who, f.smmu));
    if (regime == nullptr) return;
    tags.world = regime->world;
    tags.vmid = regime->vmid;
    tags.context = regime->asid;
  }
  for (const Id id : std::vector<Id>(table_.members(tags))) {
    if (table_[id].unrooted) compare(id, t_ps);
  }
}

void TranslationShadow::begin(const InvalidationScope& scope, Leaving how, u64 number, u64 t_ps) {
  found_.clear();
  table_.covered(scope, found_);
  for (const Id id : std::vector<Id>(found_)) {
    CachedEntry& e = table_[id];
    if (e.leaving != Leaving::kNo) continue;
    compare(id, t_ps);
    e.leaving = how;
    e.leaving_since = number;
    leaving_.push_back(id);
  }
  if (how != Leaving::kAtcInvalidation && !walks_.empty()) begun_.push_back({number, scope, how, false});
}

// It has removed nothing; software's grace begins anew.
void TranslationShadow::take_back(Leaving how, u64 number, u64 t_ps) {
  std::erase_if(begun_, [&](const Begun& b) { return b.number == number; });
  std::erase_if(leaving_, [&](Id id) {
    CachedEntry& e = table_[id];
    if (e.leaving != how || e.leaving_since != number) return false;
    e.leaving = Leaving::kNo;
    e.timed_out |= how == Leaving::kAtcInvalidation;
    if (e.change) owe(id, t_ps);
    return true;
  });
}

void TranslationShadow::complete(Leaving how, u64 up_to, u8 smmu, u64 t_ps) {
  for (Begun& b : begun_) b.complete |= b.how == how && b.number <= up_to && b.scope.smmu == smmu;
  const auto first_gone = std::partition(leaving_.begin(), leaving_.end(), [&](Id id) {
    const CachedEntry& e = table_[id];
    return e.leaving != how || e.leaving_since > up_to || e.tags.smmu != smmu;
  });
  const std::vector<Id> gone(first_gone, leaving_.end());
  leaving_.erase(first_gone, leaving_.end());
  for (const Id id : gone) {
    compare(id, t_ps);
    table_[id].leaving = Leaving::kNo;
    end(id, t_ps);
  }
}

void TranslationShadow::complete_atc(u64 number, u64 t_ps) {
  std::vector<Id> gone;
  std::copy_if(leaving_.begin(), leaving_.end(), std::back_inserter(gone), [&](Id id) {
    return table_[id].leaving == Leaving::kAtcInvalidation && table_[id].leaving_since == number;
  });
  for (const Id id : gone) end(id, t_ps);
}

void TranslationShadow::end(Id id, u64 t_ps) {
  const CachedEntry& e = table_[id];
  if (e.change) {
    tell(ended_, e, t_ps);
    clear_stale(id);
  }
  if (e.leaving != Leaving::kNo) std::erase(leaving_, id);
  table_.erase(id);
}

// Only those matter that began after the oldest walk in flight.
void TranslationShadow::forget_old_invalidations() {
  constexpr std::size_t kWorthALook = 64;
  if (walks_.empty()) {
    begun_.clear();
  } else if (begun_.size() > kWorthALook) {
    u64 oldest = invalidations_;
    for (const u64 key : walks_.keys()) oldest = std::min(oldest, walks_.find(key)->invalidations);
    std::erase_if(begun_, [&](const Begun& b) { return b.number <= oldest; });
  }
}

void TranslationShadow::finish(u64 t_ps) {
  if (std::exchange(finished_, true)) return;
  for (Id id = 0; id < table_.slots(); ++id) {
    if (table_.holds(id)) compare(id, t_ps);
  }
  for (const Id id : std::vector<Id>(stale_)) {
    CachedEntry& e = table_[id];
    if (e.accused) continue;
    e.accused = true;
    tell(overdue_, e, t_ps);
  }
}

}  // namespace smmu_vp::tb
