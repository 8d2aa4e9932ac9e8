// drained_at_unbind. The rule, judged when sva.phase 3 of (StreamID, PASID) is announced: none of its faults
// is still on its way through the system, where it could be answered late or served in the next process that
// gets the PASID:
//  - each complete page-request group the SMMU has queued for software has had its response sent;
//  - each fault group the system began to serve has ended;
//  - no transaction is stalled.
// The device was stopped before, and its requests reached the SMMU ahead of its saying so (PCIe posts both);
// software drains its queues before it clears the CD, and the responses precede that in the command queue. So
// there is no grace. Requests that arrive after phase 3 are strays and not judged here.
#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class DrainedAtUnbind final : public Monitor {
 public:
  DrainedAtUnbind(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    bus.on<trace::PageRequestReceived>([this](const trace::PageRequestReceived& f, u64) {
      const bool stop_marker = f.ssv && f.last && !f.read && !f.write;  // chapter 8: never answered
      if (f.last && !stop_marker && f.outcome == "queued") queued_[{f.sid, f.prg_index}] = f.ssid;
    });
    bus.on<trace::PrgResponseSent>([this](const trace::PrgResponseSent& f, u64) {
      queued_.erase({f.sid, f.prg_index});
    });
    bus.on<trace::FaultGroupBegin>([this](const trace::FaultGroupBegin& f, u64) {
      serving_.insert({f.sid, f.pasid, f.source == "pri", f.group});
    });
    bus.on<trace::FaultGroupEnd>([this](const trace::FaultGroupEnd& f, u64) {
      serving_.erase({f.sid, f.pasid, f.source == "pri", f.group});
    });
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64 t_ps) {
      if (f.phase == 3) on_unbound(f, t_ps);
    });
  }

 private:
  using FaultGroup = std::tuple<u32, u32, bool, u32>;  // StreamID, PASID, from PRI, group

  void on_unbound(const trace::PasidPhase& f, u64 t_ps) {
    if (shadows_->rogues.contains(f.sid)) return;  // it asks when it likes
    judge();
    for (auto it = queued_.lower_bound({f.sid, 0}); it != queued_.end() && it->first.first == f.sid; ++it) {
      if (it->second == f.pasid)
        complain(t_ps, f, fmt::format("page-request group {} is unanswered", it->first.second));
    }
    const auto end = serving_.upper_bound({f.sid, f.pasid, true, ~u32{0}});
    for (auto it = serving_.lower_bound({f.sid, f.pasid, false, 0}); it != end; ++it) {
      const auto& [sid, pasid, pri, group] = *it;
      complain(t_ps, f, fmt::format("{} fault group {} is being served", pri ? "PRI" : "stall", group));
    }
    for (const u64 transaction : shadows_->flights.in_flight()) {
      const Flight& flight = *shadows_->flights.find(transaction);
      if (flight.stalled && flight.ssv && flight.sid == f.sid && flight.ssid == f.pasid)
        complain(t_ps, f, fmt::format("transaction {} is stalled at {:#x}", transaction, flight.va));
    }
  }

  void complain(u64 t_ps, const trace::PasidPhase& f, const std::string& outstanding) {
    report(t_ps,
           fmt::format("PASID {} was unbound from StreamID {:#x} while {}", f.pasid, f.sid, outstanding),
           f.pasid);
  }

  SharedShadows shadows_;
  std::map<std::pair<u32, u32>, u32> queued_;  // (StreamID, group) -> PASID
  std::set<FaultGroup> serving_;
};

}  // namespace

std::unique_ptr<Monitor> make_drained_at_unbind(trace::Bus& bus, const MonitorInfo& info,
                                                const SharedShadows& shadows) {
  return std::make_unique<DrainedAtUnbind>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
