// sync_completes. Each smmu.sync_begin is followed by smmu.sync_end of that queue index, or by a command
// error there (CERROR_ATC_INV_SYNC, 7.1: the queue stops at it), before the end of the run. When a CMD_SYNC
// that waits for transactions below N ends, no such transaction succeeds later, as its translation may be
// gone (4.7.3). The same holds for a broadcast sync, which no command error can end (3.21.1). Exceptions:
// - a transaction that stalled since the sync began: a stall does not hold up CMD_SYNC, and the retry repeats
//   all lookups;
// - a transaction that did not succeed: it used no translation;
// - a transaction that ends at the same instant: the simulator decides the order of facts within one time.
#include <fmt/format.h>

#include <map>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "sync_completes",
    .description = "every CMD_SYNC completes, and not before older transactions",
    .rule =
        "Each CMD_SYNC that began ends or raises a command error; no transaction older than it "
        "succeeds after it, except those that had stalled.",
    .section = "4.7.3",
    .witness = Witness::kMachine,
    .facts = "smmu.sync_*, smmu.broadcast_sync_*, smmu.begin, smmu.end",
    .finds = "hung invalidations; a SYNC that does not drain",
};

class SyncCompletes final : public Monitor {
 public:
  SyncCompletes(trace::Bus& bus, SharedShadows shadows) : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::SyncBegin>([this](const trace::SyncBegin& f, u64 t_ps) {
      begun_[{f.smmu, false, f.index}] = {f.oldest_transaction, t_ps};
    });
    bus.on<trace::CommandError>([this](const trace::CommandError& f, u64) {
      begun_.erase({f.smmu, false, f.index});
    });
    bus.on<trace::SyncEnd>([this](const trace::SyncEnd& f, u64 t_ps) {
      on_end({f.smmu, false, f.index}, t_ps);
    });
    bus.on<trace::BroadcastSyncBegin>([this](const trace::BroadcastSyncBegin& f, u64 t_ps) {
      begun_[{f.smmu, true, f.sync}] = {f.oldest_transaction, t_ps};
    });
    bus.on<trace::BroadcastSyncEnd>([this](const trace::BroadcastSyncEnd& f, u64 t_ps) {
      on_end({f.smmu, true, f.sync}, t_ps);
    });
    shadows_->flights.on_end([this](u64 key, const Flight& flight, TransactionResult result, u64 t_ps) {
      if (overdue_.empty()) return;
      const Waited* waited = overdue_.find(key);
      if (waited == nullptr) return;
      if (t_ps > waited->end_ps && result == TransactionResult::kOk)
        complain(t_ps, key, flight, *waited, fmt::format("ended at {} ps", t_ps));
      overdue_.erase(key);
    });
  }

  void finish(u64 t_ps) override {
    for (const auto& [which, sync] : begun_) {
      report(t_ps, fmt::format("the {} {}, begun at {} ps, never completed",
                               which.broadcast ? "broadcast sync" : "CMD_SYNC at queue index", which.number,
                               sync.begin_ps));
    }
    for (const u64 key : overdue_.keys())
      complain(t_ps, key, *shadows_->flights.find(key), *overdue_.find(key), "never ended");
  }

 private:
  struct Sync {
    u64 below;
    u64 begin_ps;
  };

  struct Which {
    u8 smmu;
    bool broadcast;
    u64 number;  // a CMD_SYNC's queue index
    auto operator<=>(const Which&) const = default;
  };
  // The sync that should have waited for a transaction.
  struct Waited {
    u64 end_ps = 0;
    bool broadcast = false;
  };

  void on_end(const Which& which, u64 t_ps) {
    const auto sync = begun_.find(which);
    if (sync == begun_.end()) return;
    judge();
    for (const u64 key : shadows_->flights.in_flight_below(which.smmu, sync->second.below)) {
      if (shadows_->flights.find(key)->ever_stalled || overdue_.find(key) != nullptr) continue;
      overdue_[key] = {t_ps, which.broadcast};
    }
    begun_.erase(sync);
  }

  void complain(u64 t_ps, u64 key, const Flight& flight, const Waited& waited, const std::string& fate) {
    Subject subject{
        .sid = flight.who.sid, .pasid = flight.who.pasid, .address = shadows_->address_of(flight)};
    if (flight.kind == At::kTranslated) subject.physical = flight.va;
    report(t_ps,
           fmt::format("transaction {} ({}, {}{:#x}), older than the {} completed at {} ps, {}",
                       transaction_number(key), text_of(flight.who), subject.address ? "" : "physical ",
                       subject.address.value_or(flight.va), waited.broadcast ? "broadcast sync" : "CMD_SYNC",
                       waited.end_ps, fate),
           subject);
  }

  SharedShadows shadows_;
  std::map<Which, Sync> begun_;
  FlatMap<Waited> overdue_;  // by transaction: the sync that had to wait for it and has ended
};

}  // namespace

MonitorEntry monitors::sync_completes() {
  return entry_of<SyncCompletes>(kInfo);
}

}  // namespace smmu_vp::tb
