// pasid_freed_clean. At sva.pasid_free, for that PASID on any device:
// - no transaction is between smmu.begin and smmu.end, which includes walks and stalls;
// - no device job is between its begin and its done, error or stopped;
// - no page request is between being sent by the device and the sending, by the SMMU, of a response to its
//   group that the device accepts; software cannot know when the response arrives (4.7.3);
// - no fault group is between iopf.begin and iopf.end;
// - no ATC invalidation that names it is between smmu.atc_inv and smmu.atc_inv_done;
// - the last phase announced is 3 for each device that had a phase with the process that the PASID is freed
//   for.
#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "pasid_freed_clean",
    .description = "no PASID is freed with anything of it outstanding",
    .rule =
        "When a PASID is freed every device it was bound to is in phase 3, and no transaction, "
        "stall, device job, page-request group, fault group or ATC invalidation of it is "
        "outstanding.",
    .section = "docs/pasid_lifetime.md",
    .facts =
        "sva.*, smmu.begin, smmu.end, iopf.*, dev.job, pcie.page_request, smmu.prg_response, "
        "smmu.atc_inv, smmu.atc_inv_done",
    .finds = "PASID freed before the device stopped, or before unbind",
};

class PasidFreedClean final : public Monitor {
 public:
  PasidFreedClean(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    listen_to_devices(bus);
    listen_to_system(bus);
    bus.on<trace::PasidFreed>([this](const trace::PasidFreed& f, u64 t_ps) { on_freed(f, t_ps); });
  }

 private:
  using FaultGroup = std::tuple<Requester, u32, trace::FaultSource>;  // whose, group, from where

  void listen_to_devices(trace::Bus& bus) {
    bus.on<trace::DeviceJob>([this](const trace::DeviceJob& f, u64) {
      if (f.state == trace::JobState::kBegin) {
        jobs_[{f.who.sid, f.job}] = f.who.pasid;
      } else {
        jobs_.erase({f.who.sid, f.job});
      }
    });
    bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) {
      if (f.who.pasid && !f.stop_marker()) page_requests_[{f.who.sid, f.prg_index}] = *f.who.pasid;
    });
    bus.on<trace::PrgResponseSent>([this](const trace::PrgResponseSent& f, u64) {
      if (shadows_->page_groups.takes(f)) page_requests_.erase({f.who.sid, f.prg_index});
    });
    bus.on<trace::AtcInvalidateSent>([this](const trace::AtcInvalidateSent& f, u64) {
      if (f.who.pasid) atc_invalidations_[{f.who.sid, f.itag}] = *f.who.pasid;
    });
    bus.on<trace::AtcInvalidateDone>([this](const trace::AtcInvalidateDone& f, u64) {
      atc_invalidations_.erase({f.sid, f.itag});
    });
  }

  void listen_to_system(trace::Bus& bus) {
    bus.on<trace::FaultGroupBegin>([this](const trace::FaultGroupBegin& f, u64) {
      fault_groups_.insert({f.who(), f.group, f.source});
    });
    bus.on<trace::FaultGroupEnd>([this](const trace::FaultGroupEnd& f, u64) {
      fault_groups_.erase({f.who(), f.group, f.source});
    });
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) {
      if (f.phase == Phase::kUnbound) {
        unfinished_.erase({f.pasid, f.sid, f.mm});
      } else {
        unfinished_[{f.pasid, f.sid, f.mm}] = f.phase;
      }
    });
  }

  void on_freed(const trace::PasidFreed& f, u64 t_ps) {
    judge();
    for (const u64 key : shadows_->flights.in_flight()) {
      const Flight& flight = *shadows_->flights.find(key);
      const u32 sid = flight.who.sid;
      if (flight.who.pasid != f.pasid || shadows_->rogues.contains(sid)) continue;
      const std::optional<u64> address = shadows_->address_of(flight);
      complain(t_ps, f.pasid, sid,
               fmt::format("transaction {} of StreamID {:#x} at {}{:#x} is {}", transaction_number(key), sid,
                           address ? "" : "physical ", address.value_or(flight.va),
                           flight.stalled ? "stalled" : "in flight"),
               address);
    }
    const auto honest = [&](const auto& id) { return !shadows_->rogues.contains(id.first); };
    for (const auto& [id, pasid] : jobs_) {
      if (pasid == f.pasid && honest(id)) {
        complain(t_ps, f.pasid, id.first,
                 fmt::format("job {} of StreamID {:#x} is running", id.second, id.first));
      }
    }
    for (const auto& [id, pasid] : page_requests_) {
      if (pasid == f.pasid && honest(id)) {
        complain(t_ps, pasid, id.first,
                 fmt::format("page-request group {} of StreamID {:#x} is unanswered", id.second, id.first));
      }
    }
    for (const auto& [who, group, source] : fault_groups_) {
      if (who.pasid == f.pasid) {
        complain(t_ps, f.pasid, who.sid,
                 fmt::format("{} fault group {} of StreamID {:#x} is being served", source_text(source),
                             group, who.sid));
      }
    }
    for (const auto& [id, pasid] : atc_invalidations_) {
      if (pasid == f.pasid && honest(id)) {
        complain(t_ps, pasid, id.first,
                 fmt::format("the ATC invalidation with tag {} of StreamID {:#x} is not complete", id.second,
                             id.first));
      }
    }
    for (const auto& [id, phase] : unfinished_) {
      const auto& [pasid, sid, mm] = id;
      if (pasid == f.pasid && mm == f.mm) {
        complain(t_ps, pasid, sid,
                 fmt::format("StreamID {:#x} still has it in phase {}", sid, number(phase)));
      }
    }
  }

  void complain(u64 t_ps, u32 pasid, u32 sid, const std::string& outstanding,
                std::optional<u64> address = {}) {
    report(t_ps, fmt::format("PASID {} was freed while {}", pasid, outstanding),
           {.sid = sid, .pasid = pasid, .address = address});
  }

  SharedShadows shadows_;
  std::map<std::pair<u32, u64>, std::optional<u32>> jobs_;  // (StreamID, job) -> PASID
  std::map<std::pair<u32, u32>, u32> page_requests_;        // (StreamID, group) -> PASID
  std::map<std::pair<u32, u32>, u32> atc_invalidations_;    // (StreamID, tag) -> PASID
  std::set<FaultGroup> fault_groups_;
  std::map<std::tuple<u32, u32, u64>, Phase> unfinished_;  // (PASID, StreamID, mm) -> live or quiesced
};

}  // namespace

MonitorEntry monitors::pasid_freed_clean() {
  return entry_of<PasidFreedClean>(kInfo);
}

}  // namespace smmu_vp::tb
