// drained_at_unbind. When sva.phase 3 of (StreamID, PASID) is announced, none of its faults is still
// outstanding. Otherwise it could be answered late, or be handled for the next process that gets the PASID:
// - each complete page-request group that the SMMU has queued for software has been sent a response that its
//   function accepts;
// - each fault group that the system began to handle has ended;
// - no transaction is stalled.
// There is no grace period. The device was stopped before, and its requests reached the SMMU before its
// report of the stop (PCIe posts both). Software drains its queues before it clears the CD, and the responses
// precede that in the Command queue. Requests that arrive after phase 3 are not checked here.
#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "drained_at_unbind",
    .description = "no fault of a PASID is still under way when it is unbound",
    .rule =
        "When a PASID reaches phase 3 on a device, its queued page-request groups are answered, "
        "its fault groups ended and its stalls resumed: nothing can be answered late or served in "
        "another process.",
    .section = "docs/pasid_lifetime.md; 8.2",
    .facts =
        "sva.phase, smmu.page_request, smmu.prg_response, pcie.page_request, iopf.*, "
        "smmu.stalled, smmu.stall_unrecorded",
    .finds = "fault queues not drained; a flush before the hardware queue was empty",
};

class DrainedAtUnbind final : public Monitor {
 public:
  DrainedAtUnbind(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
      const bool stop_marker = !f.intent.read && !f.intent.write;  // chapter 8: never answered
      if (f.who.pasid && f.last && !stop_marker && f.outcome == trace::PageRequestOutcome::kQueued)
        queued_[{f.who.sid, f.prg_index}] = *f.who.pasid;
    });
    bus.on<trace::PrgResponseSent>([this](const trace::PrgResponseSent& f, u64) {
      if (shadows_->page_groups.takes(f)) queued_.erase({f.who.sid, f.prg_index});
    });
    bus.on<trace::FaultGroupBegin>([this](const trace::FaultGroupBegin& f, u64) {
      serving_.insert({f.who(), f.source, f.group});
    });
    bus.on<trace::FaultGroupEnd>([this](const trace::FaultGroupEnd& f, u64) {
      serving_.erase({f.who(), f.source, f.group});
    });
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64 t_ps) {
      if (f.phase == Phase::kUnbound) on_unbound(f, t_ps);
    });
  }

 private:
  using FaultGroup = std::tuple<Requester, trace::FaultSource, u32>;  // whose, from where, group

  void on_unbound(const trace::PasidPhase& f, u64 t_ps) {
    if (shadows_->rogues.contains(f.sid)) return;  // it sends requests at any time
    judge();
    for (auto it = queued_.lower_bound({f.sid, 0}); it != queued_.end() && it->first.first == f.sid; ++it) {
      if (it->second == f.pasid)
        complain(t_ps, f, fmt::format("page-request group {} is unanswered", it->first.second));
    }
    for (const auto& [who, source, group] : serving_) {
      if (who == f.who())
        complain(t_ps, f, fmt::format("{} fault group {} is being served", source_text(source), group));
    }
    for (const u64 key : shadows_->flights.in_flight()) {
      const Flight& flight = *shadows_->flights.find(key);
      if (flight.stalled && flight.who == f.who())
        complain(t_ps, f,
                 fmt::format("transaction {} is stalled at {:#x}", transaction_number(key), flight.va),
                 flight.va);
    }
  }

  void complain(u64 t_ps, const trace::PasidPhase& f, const std::string& outstanding,
                std::optional<u64> address = {}) {
    report(t_ps,
           fmt::format("PASID {} was unbound from StreamID {:#x} while {}", f.pasid, f.sid, outstanding),
           {.sid = f.sid, .pasid = f.pasid, .address = address});
  }

  SharedShadows shadows_;
  std::map<std::pair<u32, u32>, u32> queued_;  // (StreamID, group) -> PASID
  std::set<FaultGroup> serving_;
};

}  // namespace

MonitorEntry monitors::drained_at_unbind() {
  return entry_of<DrainedAtUnbind>(kInfo);
}

}  // namespace smmu_vp::tb
