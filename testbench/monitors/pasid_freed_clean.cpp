// pasid_freed_clean. The rule, judged at sva.pasid_free: of that PASID, on any device,
//  - no transaction lies between smmu.begin and smmu.end; walks and stalls lie within those;
//  - no device job lies between its begin and its done, error or stopped;
//  - no page request lies between its issue by the device and the sending of its group's response by the
//    SMMU; when the response arrives, software cannot know (4.7.3);
//  - no fault group lies between iopf.begin and iopf.end;
//  - no ATC invalidation that names it lies between smmu.atc_inv and smmu.atc_inv_done;
//  - the last phase announced is 3 for each device that had a phase with the process the PASID is freed
//    for.
#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class PasidFreedClean final : public Monitor {
 public:
  PasidFreedClean(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    listen_to_devices(bus);
    listen_to_system(bus);
    bus.on<trace::PasidFreed>([this](const trace::PasidFreed& f, u64 t_ps) { on_freed(f, t_ps); });
  }

 private:
  using FaultGroup = std::tuple<u32, u32, u32, bool>;  // StreamID, PASID, group, from PRI

  void listen_to_devices(trace::Bus& bus) {
    bus.on<trace::DeviceJob>([this](const trace::DeviceJob& f, u64) {
      if (f.state == "begin") {
        jobs_[{f.sid, f.job}] = f.ssid;
      } else {
        jobs_.erase({f.sid, f.job});
      }
    });
    bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) {
      const bool stop_marker = f.last && !f.read && !f.write;  // chapter 8: never answered
      if (!stop_marker) page_requests_[{f.sid, f.prg_index}] = f.ssid;
    });
    bus.on<trace::PrgResponseSent>([this](const trace::PrgResponseSent& f, u64) {
      page_requests_.erase({f.sid, f.prg_index});
    });
    bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& f, u64) {
      if (f.ssv) atc_invalidations_[{f.sid, f.itag}] = f.ssid;
    });
    bus.on<trace::AtcInvalidateDone>([this](const trace::AtcInvalidateDone& f, u64) {
      atc_invalidations_.erase({f.sid, f.itag});
    });
  }

  void listen_to_system(trace::Bus& bus) {
    bus.on<trace::FaultGroupBegin>([this](const trace::FaultGroupBegin& f, u64) {
      fault_groups_.insert({f.sid, f.pasid, f.group, f.source == "pri"});
    });
    bus.on<trace::FaultGroupEnd>([this](const trace::FaultGroupEnd& f, u64) {
      fault_groups_.erase({f.sid, f.pasid, f.group, f.source == "pri"});
    });
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) {
      if (f.phase == 3) {
        unfinished_.erase({f.pasid, f.sid, f.mm});
      } else {
        unfinished_[{f.pasid, f.sid, f.mm}] = f.phase;
      }
    });
  }

  void on_freed(const trace::PasidFreed& f, u64 t_ps) {
    judge();
    for (const u64 transaction : shadows_->flights.in_flight()) {
      const Flight& flight = *shadows_->flights.find(transaction);
      if (!flight.ssv || flight.ssid != f.pasid || shadows_->rogues.contains(flight.sid)) continue;
      complain(t_ps, f.pasid,
               fmt::format("transaction {} of StreamID {:#x} at {:#x} is {}", transaction, flight.sid,
                           flight.va, flight.stalled ? "stalled" : "in flight"),
               flight.va);
    }
    const auto honest = [&](const auto& id) { return !shadows_->rogues.contains(id.first); };
    for (const auto& [id, pasid] : jobs_) {
      if (pasid == f.pasid && honest(id)) {
        complain(t_ps, pasid, fmt::format("job {} of StreamID {:#x} is running", id.second, id.first));
      }
    }
    for (const auto& [id, pasid] : page_requests_) {
      if (pasid == f.pasid && honest(id)) {
        complain(t_ps, pasid,
                 fmt::format("page-request group {} of StreamID {:#x} is unanswered", id.second, id.first));
      }
    }
    for (const auto& [sid, pasid, group, pri] : fault_groups_) {
      if (pasid == f.pasid) {
        complain(t_ps, pasid,
                 fmt::format("{} fault group {} of StreamID {:#x} is being served", pri ? "PRI" : "stall",
                             group, sid));
      }
    }
    for (const auto& [id, pasid] : atc_invalidations_) {
      if (pasid == f.pasid && honest(id)) {
        complain(t_ps, pasid,
                 fmt::format("the ATC invalidation with tag {} of StreamID {:#x} is not complete", id.second,
                             id.first));
      }
    }
    for (const auto& [id, phase] : unfinished_) {
      const auto& [pasid, sid, mm] = id;
      if (pasid == f.pasid && mm == f.mm) {
        complain(t_ps, pasid, fmt::format("StreamID {:#x} still has it in phase {}", sid, phase));
      }
    }
  }

  void complain(u64 t_ps, u32 pasid, const std::string& outstanding, std::optional<u64> address = {}) {
    report(t_ps, fmt::format("PASID {} was freed while {}", pasid, outstanding), pasid, address);
  }

  SharedShadows shadows_;
  std::map<std::pair<u32, u64>, u32> jobs_;               // (StreamID, job) -> PASID
  std::map<std::pair<u32, u32>, u32> page_requests_;      // (StreamID, group) -> PASID
  std::map<std::pair<u32, u32>, u32> atc_invalidations_;  // (StreamID, tag) -> PASID
  std::set<FaultGroup> fault_groups_;
  std::map<std::tuple<u32, u32, u64>, int> unfinished_;  // (PASID, StreamID, mm) -> phase 1 or 2
};

}  // namespace

std::unique_ptr<Monitor> make_pasid_freed_clean(trace::Bus& bus, const MonitorInfo& info,
                                                const SharedShadows& shadows) {
  return std::make_unique<PasidFreedClean>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
