// prg_answered. The rule, as the device sees it, for each function (StreamID) and page-request group index: a
// group is open from its first request, complete with the request marked Last; a complete group gets one
// response that the device takes, and its index no new request before that; an open group gets none; at the
// end no group is left. A device with PRG Response PASID Required takes a response only with the PASID of the
// request, or a Response Failure without any (8.2); what it refuses leaves the group waiting and is a finding
// by itself, as is a reserved response code, which it takes as a Response Failure.
// Stop Markers (chapter 8) are no group and get nothing (8.2). Response Failure is different: it turns the
// function's PRI off, so it may end an open group, none of the function's groups need be answered any more,
// and answers to them that still come, one for each request even (8.2), are no surprise. The same holds for the groups
// that a Function Level Reset takes away.
#include <fmt/format.h>

#include <map>
#include <set>

#include "testbench/observe/monitors/entry.h"
#include "tlm/spec/pri.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "prg_answered",
    .description = "each page-request group is answered exactly once",
    .rule =
        "A group whose last request was issued gets one response that its function takes before "
        "its index is used again and by the end; no response comes for a group that is not "
        "complete, nor for Stop Markers, nor without the PASID that the function requires or with "
        "another, nor with a reserved code.",
    .section = "8.1, 8.2",
    .witness = Witness::kMachine,
    .facts = "pcie.page_request, pcie.prg_response, pcie.controls",
    .finds = "faults lost, answered twice, or answered before the last request",
};

class PrgAnswered final : public Monitor {
 public:
  PrgAnswered(trace::Bus& bus, SharedShadows shadows) : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::PageRequestIssued>(
        [this](const trace::PageRequestIssued& f, u64 t_ps) { on_request(f, t_ps); });
    bus.on<trace::PrgResponseReceived>(
        [this](const trace::PrgResponseReceived& f, u64 t_ps) { on_response(f, t_ps); });
    bus.on<trace::FunctionControls>([this](const trace::FunctionControls& f, u64) {
      if (f.reset) dissolve(f.sid);
    });
  }

  void finish(u64 t_ps) override {
    for (const auto& [id, group] : groups_) {
      if (shadows_->rogues.contains(id.first)) continue;
      judge();
      report(t_ps,
             fmt::format("page-request group {} of StreamID {:#x} ({}, {:#x}) was never {}", id.second,
                         id.first, pasid_text(group.who), group.address,
                         group.complete ? "answered" : "completed by a last request"),
             subject(group));
    }
  }

 private:
  using Id = std::pair<u32, u32>;  // StreamID, group index
  struct Group {
    Requester who;
    u64 address;
    bool write;
    bool complete;
  };

  static Subject subject(const Group& group) {
    return {.sid = group.who.sid, .pasid = group.who.pasid, .address = group.address, .write = group.write};
  }

  void on_request(const trace::PageRequestIssued& f, u64 t_ps) {
    if (shadows_->rogues.contains(f.who.sid) || f.stop_marker()) return;
    const Id id{f.who.sid, f.prg_index};
    dissolved_.erase(id);
    const Group asked{f.who, f.address, f.intent.write, f.last};
    const auto [it, is_new] = groups_.try_emplace(id, asked);
    if (is_new) return;
    if (it->second.complete) {
      judge();
      report(t_ps,
             fmt::format("StreamID {:#x} uses page-request group {} again ({}, {:#x}) before its answer",
                         f.who.sid, f.prg_index, pasid_text(f.who), f.address),
             subject(asked));
      it->second = asked;
    }
    it->second.complete = f.last;
  }

  void on_response(const trace::PrgResponseReceived& f, u64 t_ps) {
    if (shadows_->rogues.contains(f.who.sid)) return;
    judge();
    const Id id{f.who.sid, f.prg_index};
    const auto group = groups_.find(id);
    if (group == groups_.end()) {
      if (!dissolved_.contains(id))
        accuse(f, t_ps, {}, "has no group to answer: answered already, or never asked");
      return;
    }
    const bool failure = !is<spec::ResponseCode::kSuccess>(f) && !is<spec::ResponseCode::kInvalidRequest>(f);
    const std::string refusal = shadows_->page_groups.refusal(f.who, f.prg_index, failure);
    if (!refusal.empty())
      return accuse(f, t_ps, group->second, "comes " + refusal + ": the device refuses it and keeps waiting");
    if (failure && !is<spec::ResponseCode::kResponseFailure>(f))
      accuse(f, t_ps, group->second, fmt::format("has the reserved code {:#x}", f.code));
    if (failure) return dissolve(f.who.sid);
    // An open group stays: its last request still needs an answer.
    if (!group->second.complete)
      return accuse(f, t_ps, group->second, "answers a group before its last request");
    groups_.erase(group);
  }

  template <spec::ResponseCode code>
  static bool is(const trace::PrgResponseReceived& f) {
    return f.code == static_cast<u32>(code);
  }

  void accuse(const trace::PrgResponseReceived& f, u64 t_ps, const std::optional<Group>& group,
              std::string_view wrong) {
    const Subject about = group ? subject(*group) : Subject{.sid = f.who.sid, .pasid = f.who.pasid};
    report(t_ps,
           fmt::format("a response for page-request group {} of StreamID {:#x} ({}) {}", f.prg_index,
                       f.who.sid, pasid_text(f.who), wrong),
           about);
  }

  void dissolve(u32 sid) {
    const auto first = groups_.lower_bound({sid, 0}), last = groups_.upper_bound({sid, ~u32{0}});
    for (auto it = first; it != last; ++it) dissolved_.insert(it->first);
    groups_.erase(first, last);
  }

  SharedShadows shadows_;
  std::map<Id, Group> groups_;
  std::set<Id> dissolved_;  // by a Response Failure or a reset
};

}  // namespace

MonitorEntry monitors::prg_answered() {
  return entry_of<PrgAnswered>(kInfo);
}

}  // namespace smmu_vp::tb
