// prg_answered. The rule, per function (StreamID) and page-request group index, as the device sees it: a
// group is open from its first request, complete with the request marked Last; a complete group gets one
// response, and its index no new request before that; an open group gets none; at the end no group is left.
// Stop Markers (Last without R and W, chapter 8) are no group and get nothing (8.2). Response Failure is
// different: it turns the function's PRI off, so it may end an open group, none of the function's groups
// need be answered any more, and answers to them that still come, one for each request even (8.2), are no
// surprise.
#include <fmt/format.h>

#include <map>
#include <set>

#include "testbench/monitors/factories.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::tb {

namespace {

class PrgAnswered final : public Monitor {
 public:
  PrgAnswered(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    bus.on<trace::PageRequestIssued>(
        [this](const trace::PageRequestIssued& f, u64 t_ps) { on_request(f, t_ps); });
    bus.on<trace::PrgResponseReceived>(
        [this](const trace::PrgResponseReceived& f, u64 t_ps) { on_response(f, t_ps); });
  }

  void finish(u64 t_ps) override {
    for (const auto& [id, group] : groups_) {
      if (shadows_->rogues.contains(id.first)) continue;
      report(t_ps,
             fmt::format("page-request group {} of StreamID {:#x} (PASID {}, {:#x}) was never {}", id.second,
                         id.first, group.ssid, group.address,
                         group.complete ? "answered" : "completed by a last request"),
             group.ssid, group.address);
    }
  }

 private:
  using Id = std::pair<u32, u32>;  // StreamID, group index
  struct Group {
    u32 ssid;
    u64 address;
    bool complete;
  };

  void on_request(const trace::PageRequestIssued& f, u64 t_ps) {
    if (shadows_->rogues.contains(f.sid)) return;
    const bool stop_marker = f.last && !f.read && !f.write;
    if (stop_marker) return;
    const Id id{f.sid, f.prg_index};
    dissolved_.erase(id);
    const auto [it, is_new] = groups_.try_emplace(id, Group{f.ssid, f.address, f.last});
    if (is_new) return;
    if (it->second.complete) {
      judge();
      report(
          t_ps,
          fmt::format("StreamID {:#x} uses page-request group {} again (PASID {}, {:#x}) before its answer",
                      f.sid, f.prg_index, f.ssid, f.address),
          f.ssid, f.address);
      it->second = {f.ssid, f.address, f.last};
    }
    it->second.complete = f.last;
  }

  void on_response(const trace::PrgResponseReceived& f, u64 t_ps) {
    if (shadows_->rogues.contains(f.sid)) return;
    judge();
    const Id id{f.sid, f.prg_index};
    const bool failure = f.code == static_cast<u32>(spec::ResponseCode::kResponseFailure);
    const auto group = groups_.find(id);
    const char* wrong = nullptr;
    if (group == groups_.end()) {
      if (!dissolved_.contains(id)) wrong = "has no group to answer: answered already, or never asked";
    } else if (!group->second.complete && !failure) {
      wrong = "answers a group before its last request";
    }
    if (wrong != nullptr) {
      report(t_ps,
             fmt::format("a response for page-request group {} of StreamID {:#x} (PASID {}) {}", f.prg_index,
                         f.sid, f.ssid, wrong),
             f.ssid);
    }
    // An open group stays: its last request is yet to be answered.
    if (group != groups_.end() && group->second.complete) groups_.erase(group);
    if (failure) {
      dissolve(f.sid);
      dissolved_.insert(id);
    }
  }

  void dissolve(u32 sid) {
    const auto first = groups_.lower_bound({sid, 0}), last = groups_.upper_bound({sid, ~u32{0}});
    for (auto it = first; it != last; ++it) dissolved_.insert(it->first);
    groups_.erase(first, last);
  }

  SharedShadows shadows_;
  std::map<Id, Group> groups_;
  std::set<Id> dissolved_;  // by a Response Failure
};

}  // namespace

std::unique_ptr<Monitor> make_prg_answered(trace::Bus& bus, const MonitorInfo& info,
                                           const SharedShadows& shadows) {
  return std::make_unique<PrgAnswered>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
