// sync_completes. The rule: each smmu.sync_begin is followed by smmu.sync_end of that queue index, or by a
// command error there (CERROR_ATC_INV_SYNC, 7.1: the queue stops at it), before the end of the run. And
// when a CMD_SYNC that named transactions below N ends, no such transaction succeeds later: whatever it was
// translated with is done with (4.7.3). A broadcast sync, which no command error can end, is held to the same
// (3.21.1). Legal all the same:
//  - one that has stalled since it began: a stall does not hold a CMD_SYNC up, and its retry looks
//    everything up afresh;
//  - one that ends otherwise than by success: it used no translation. Stalls that could not be recorded,
//    which no fact tells of, end so (as retried, aborted or terminated);
//  - one that ends at the same instant: the order of facts within one time is the simulator's, not the
//    hardware's.
#include <fmt/format.h>

#include <map>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class SyncCompletes final : public Monitor {
 public:
  SyncCompletes(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    bus.on<trace::SyncBegin>([this](const trace::SyncBegin& f, u64 t_ps) {
      begun_[{false, f.index}] = {f.oldest_transaction, t_ps};
    });
    bus.on<trace::CommandError>([this](const trace::CommandError& f, u64) {
      begun_.erase({false, f.index});
    });
    bus.on<trace::SyncEnd>([this](const trace::SyncEnd& f, u64 t_ps) { on_end({false, f.index}, t_ps); });
    bus.on<trace::BroadcastSyncBegin>([this](const trace::BroadcastSyncBegin& f, u64 t_ps) {
      begun_[{true, f.sync}] = {f.oldest_transaction, t_ps};
    });
    bus.on<trace::BroadcastSyncEnd>([this](const trace::BroadcastSyncEnd& f, u64 t_ps) {
      on_end({true, f.sync}, t_ps);
    });
    shadows_->flights.on_end(
        [this](u64 transaction, const Flight& flight, std::string_view result, u64 t_ps) {
          if (overdue_.empty()) return;
          const Waited* waited = overdue_.find(transaction);
          if (waited == nullptr) return;
          if (t_ps > waited->end_ps && result == "ok")
            complain(t_ps, transaction, flight, *waited, fmt::format("ended at {} ps", t_ps));
          overdue_.erase(transaction);
        });
  }

  void finish(u64 t_ps) override {
    for (const auto& [which, sync] : begun_) {
      report(t_ps, fmt::format("the {} {}, begun at {} ps, never completed",
                               which.broadcast ? "broadcast sync" : "CMD_SYNC at queue index", which.number,
                               sync.begin_ps));
    }
    for (const u64 transaction : overdue_.keys()) {
      complain(t_ps, transaction, *shadows_->flights.find(transaction), *overdue_.find(transaction),
               "never ended");
    }
  }

 private:
  struct Sync {
    u64 below;
    u64 begin_ps;
  };

  struct Which {
    bool broadcast;
    u64 number;  // a CMD_SYNC's queue index
    bool operator<(const Which& o) const {
      return broadcast != o.broadcast ? o.broadcast : number < o.number;
    }
  };
  // What a transaction should have been waited for by.
  struct Waited {
    u64 end_ps = 0;
    bool broadcast = false;
  };

  void on_end(const Which& which, u64 t_ps) {
    const auto sync = begun_.find(which);
    if (sync == begun_.end()) return;
    judge();
    for (const u64 transaction : shadows_->flights.in_flight_below(sync->second.below)) {
      if (shadows_->flights.find(transaction)->ever_stalled || overdue_.find(transaction) != nullptr)
        continue;
      overdue_[transaction] = {t_ps, which.broadcast};
    }
    begun_.erase(sync);
  }

  void complain(u64 t_ps, u64 transaction, const Flight& flight, const Waited& waited,
                const std::string& fate) {
    report(t_ps,
           fmt::format("transaction {} (StreamID {:#x}{}, {:#x}), older than the {} completed at {} ps, {}",
                       transaction, flight.sid, flight.ssv ? fmt::format(", PASID {}", flight.ssid) : "",
                       flight.va, waited.broadcast ? "broadcast sync" : "CMD_SYNC", waited.end_ps, fate),
           flight.ssv ? std::optional<u32>{flight.ssid} : std::nullopt, flight.va);
  }

  SharedShadows shadows_;
  std::map<Which, Sync> begun_;
  FlatMap<Waited> overdue_;  // by transaction: the sync that had to wait for it and has ended
};

}  // namespace

std::unique_ptr<Monitor> make_sync_completes(trace::Bus& bus, const MonitorInfo& info,
                                             const SharedShadows& shadows) {
  return std::make_unique<SyncCompletes>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
