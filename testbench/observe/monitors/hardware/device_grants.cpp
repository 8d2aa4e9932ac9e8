// device_grants. The rule, for what a device sends, whatever its driver does:
//  - a translated access uses an address that an ATS answer gave to its requester, with the right it needs, until the
//    device completes an invalidation that covers it, is reset, or loses ATS (3.9.1). An access that began before the
//    Invalidate Completion was sent may end after it: the Completion does not pass it (4.5.1). What the device asked for
//    after it had received the Invalidate Request is new, although it may complete the invalidation later: the SMMU has
//    removed the old translation before it sends the request;
//  - it neither asks for translations nor uses them while its ATS is disabled, and uses no PASID while its PASID
//    capability is disabled, counted from the moment the access left the device;
//  - it asks for pages only while its PRI is enabled and has not had a Response Failure, and has no more requests
//    outstanding than its Outstanding Page Request Allocation (8; PCIe 10.5.2);
//  - a PASID that it has reported stopped it does not use again until a job is submitted for it. Once the SMMU reads its
//    context anew the SMMU decides: an access injected for a later process needs no job.
// A violation is what got through: the access succeeded, the page request was queued. What SMMU or root port refused is
// counted and named in a remark: the platform is there to contain such a device. Full ATS lets translated accesses
// pass without looking them up (3.9.1.1), so there a forged one gets through. What memory it meets is for `isolation`.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "testbench/observe/monitors/cfgi_scope.h"
#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/device_grant_table.h"
#include "testbench/observe/monitors/hardware/device_page_requests.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "device_grants",
    .description = "no device uses what it was not granted, or no longer",
    .rule =
        "A translated access uses an address and a right that an ATS answer gave to its StreamID and PASID, "
        "and not "
        "after the device completed an invalidation of it or was reset. No translations are asked for or "
        "used while "
        "ATS is disabled, no PASID while the PASID capability is, or after the device reported it stopped; "
        "no pages "
        "are asked for while PRI is disabled, after a Response Failure, or beyond the allocation. What SMMU "
        "and root "
        "port refuse is counted and no violation.",
    .section = "3.9.1, 3.9.1.1, 4.5.1, 8",
    .witness = Witness::kMachine,
    .facts =
        "dev.access, pcie.ats_*, pcie.invalidate_*, pcie.controls, pcie.page_request, "
        "pcie.prg_response, smmu.page_request",
    .finds =
        "a forging device; an ATC that keeps or uses what was invalidated; a device that ignores its limits",
};

class DeviceGrants final : public Monitor {
 public:
  DeviceGrants(trace::Bus& bus, const SharedShadows&) : Monitor(bus, kInfo) {
    listen_to_grants(bus);
    listen_to_limits(bus);
    bus.on<trace::DeviceAccess>([this](const trace::DeviceAccess& f, u64 t_ps) { on_access(f, t_ps); });
    bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) { on_page_request(f); });
    bus.on<trace::PageRequestReceived>(
        [this](const trace::PageRequestReceived& f, u64 t_ps) { on_received(f, t_ps); });
  }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> lines;
    for (const auto& [id, count] : refused_) {
      const DeviceBreachText& text = text_of(id.second);
      lines.push_back(
          fmt::format("StreamID {:#x}: {} {} {}, all refused", id.first, count, text.what, text.how));
    }
    return lines;
  }

 private:
  static constexpr u64 kNever = ~u64{0};
  struct Function {
    u64 no_ats_ps = kNever, no_pasid_ps = kNever;  // since when disabled; what nobody has told is enabled
    DevicePageRequests pages;
  };
  struct Asked {
    Requester who;
    u64 va;
    u64 sequence;  // Invalidate Requests received by then
  };
  struct Invalidated {
    Requester whose;
    AddressRange vas;
    u64 sequence;
  };
  // Page requests that should not have been sent and are on their way.
  struct Sent {
    Requester who;
    u32 prg_index;
    u64 address;
    DeviceBreach breach;
  };

  void listen_to_grants(trace::Bus& bus) {
    bus.on<trace::AtsRequest>([this](const trace::AtsRequest& f, u64) {
      asked_.push_back({f.who, f.va, sequence_});
    });
    bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& f, u64) { on_answer(f); });
    bus.on<trace::AtsFollowing>([this](const trace::AtsFollowing& f, u64) {
      if (f.read || f.write)
        table_.grant(f.who, {f.va, f.pa, static_cast<u8>(f.log2_size), f.read, f.write, last_asked_});
    });
    bus.on<trace::AtcInvalidateReceived>([this](const trace::AtcInvalidateReceived& f, u64) {
      invalidating_[{f.who.sid, f.itag}] = {f.who, AddressRange::round(f.address, f.log2_size), ++sequence_};
    });
    bus.on<trace::AtcInvalidateCompleted>([this](const trace::AtcInvalidateCompleted& f, u64 t_ps) {
      const auto found = invalidating_.find({f.sid, f.itag});
      if (found == invalidating_.end()) return;
      table_.take_away(found->second.whose, found->second.vas, {t_ps, found->second.sequence});
      // An answer that was on its way meanwhile the device may not use either.
      if (!asked_.empty()) overtaking_.push_back(found->second);
      invalidating_.erase(found);
    });
  }

  void listen_to_limits(trace::Bus& bus) {
    bus.on<trace::FunctionControls>([this](const trace::FunctionControls& f, u64 t_ps) {
      Function& function = functions_[f.sid];
      const auto since = [&](bool enabled, u64& disabled_ps) {
        if (enabled)
          disabled_ps = kNever;
        else if (disabled_ps == kNever)
          disabled_ps = t_ps;
      };
      since(f.ats, function.no_ats_ps);
      since(f.pasid, function.no_pasid_ps);
      function.pages.control(f);
      if (!f.ats) table_.take_away({f.sid, {}}, {0, ~u64{0}}, {t_ps});
    });
    bus.on<trace::PrgResponseReceived>(
        [this](const trace::PrgResponseReceived& f, u64) { functions_[f.who.sid].pages.answered(f); });
    bus.on<trace::PasidUse>([this](const trace::PasidUse& f, u64 t_ps) {
      if (!f.who.pasid) return;
      if (f.stopped)
        stopped_[key_of(f.who)] = t_ps;
      else
        stopped_.erase(key_of(f.who));
    });
    bus.on<trace::Command>([this](const trace::Command& f, u64) {
      if (stopped_.empty()) return;
      if (const auto scope = cfgi_scope(f.words(), f.smmu)) forget_stopped(*scope);
    });
  }

  void forget_stopped(const CfgiScope& scope) {
    const u64 pasid = scope.ssid.value_or(0), last_pasid = scope.ssid.value_or(~u32{0});
    for (u64 key :
         stopped_.keys_in(u64{scope.first_sid} << 32 | pasid, u64{scope.last_sid} << 32 | last_pasid))
      stopped_.erase(key);
  }

  void on_answer(const trace::AtsCompletion& f) {
    const auto asked = std::find_if(asked_.begin(), asked_.end(),
                                    [&](const Asked& a) { return a.who == f.who && a.va == f.va; });
    const u64 since = asked == asked_.end() ? sequence_ : asked->sequence;
    const AddressRange vas = AddressRange::round(f.va, f.log2_size);
    const bool overtaken = std::any_of(overtaking_.begin(), overtaking_.end(), [&](const Invalidated& i) {
      return i.sequence > since && i.whose.sid == f.who.sid &&
             (!i.whose.pasid || i.whose.pasid == f.who.pasid) && i.vas.overlaps(vas);
    });
    last_asked_ = since;
    if (asked != asked_.end()) asked_.erase(asked);
    if (asked_.empty()) overtaking_.clear();
    if ((f.read || f.write) && !overtaken)
      table_.grant(f.who, {f.va, f.pa, static_cast<u8>(f.log2_size), f.read, f.write, since});
  }

  void on_access(const trace::DeviceAccess& f, u64 t_ps) {
    const u64 begin_ps = t_ps - f.latency_ps;
    const bool ats = f.kind != At::kUntranslated;
    if (ats) judge();
    if (const Function* const function = functions_.find(f.who.sid)) {
      if (ats && function->no_ats_ps <= begin_ps) return broken(DeviceBreach::kAtsDisabled, f, t_ps);
      if (f.who.pasid && function->no_pasid_ps <= begin_ps)
        return broken(DeviceBreach::kPasidDisabled, f, t_ps);
    }
    if (f.who.pasid && f.kind != At::kTranslationRequest && !stopped_.empty()) {
      const u64* const stopped_ps = stopped_.find(key_of(f.who));
      if (stopped_ps != nullptr && *stopped_ps <= begin_ps) return broken(DeviceBreach::kStopped, f, t_ps);
    }
    if (f.kind == At::kTranslated) on_translated(f, begin_ps, t_ps);
  }

  void on_translated(const trace::DeviceAccess& f, u64 begin_ps, u64 t_ps) {
    using Standing = DeviceGrantTable::Standing;
    for (u64 page = first_page(f.address); page <= last_page(f.address, f.bytes); ++page) {
      const u64 pa = std::max(f.address, page * kPageBytes);
      const DeviceGrantTable::Answer answer = table_.find(f.who, pa, f.write, begin_ps);
      switch (answer.standing) {
        case Standing::kHeld:
          continue;
        case Standing::kReadOnly:
          return broken(DeviceBreach::kReadOnly, f, t_ps, answer.va);
        case Standing::kGone:
          return broken(DeviceBreach::kGivenUp, f, t_ps, answer.va);
        case Standing::kNever:
          return broken(DeviceBreach::kNeverGranted, f, t_ps);
      }
    }
  }

  // `va` is what the device calls a translated address, where it was ever told.
  void broken(DeviceBreach breach, const trace::DeviceAccess& f, u64 t_ps, std::optional<u64> va = {}) {
    if (f.status != spec::DmaStatus::kSuccess) {
      ++refused_[{f.who.sid, breach}];
      return;
    }
    const bool translated = f.kind == At::kTranslated, asks = f.kind == At::kTranslationRequest;
    const std::string place = translated ? fmt::format("translated address {:#x}", f.address) +
                                               (va ? fmt::format(", once {:#x},", *va) : "")
                                         : fmt::format("{:#x}", f.address);
    const std::string_view does = asks ? "asks for the translation of" : f.write ? "writes" : "reads";
    report(t_ps, fmt::format("{} {} {} {}", text_of(f.who), does, place, text_of(breach).how),
           {.sid = f.who.sid,
            .pasid = f.who.pasid,
            .address = translated ? va : f.address,
            .physical = translated ? std::optional<u64>{f.address} : std::nullopt,
            .write = f.write && !asks});
  }

  void on_page_request(const trace::PageRequestIssued& f) {
    if (f.stop_marker()) return;
    judge();
    const auto breach = functions_[f.who.sid].pages.sent(f);
    if (breach) sent_.push_back({f.who, f.prg_index, f.address, *breach});
  }

  void on_received(const trace::PageRequestReceived& f, u64 t_ps) {
    const auto sent = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& s) {
      return s.who == f.who && s.prg_index == f.prg_index && first_page(s.address) == first_page(f.address);
    });
    if (sent == sent_.end()) return;
    const DeviceBreach breach = sent->breach;
    sent_.erase(sent);
    if (f.outcome != trace::PageRequestOutcome::kQueued) {
      ++refused_[{f.who.sid, breach}];
      return;
    }
    report(t_ps,
           fmt::format("{} asks for page {:#x} in group {} {}", text_of(f.who), f.address, f.prg_index,
                       text_of(breach).how),
           {.sid = f.who.sid, .pasid = f.who.pasid, .address = f.address, .write = f.intent.write});
  }

  DeviceGrantTable table_;
  FlatMap<Function> functions_;  // by StreamID
  FlatMap<u64> stopped_;         // by requester: when
  std::vector<Asked> asked_;
  std::map<std::pair<u32, u32>, Invalidated> invalidating_;  // by StreamID and ITag
  std::vector<Invalidated> overtaking_;                      // completed while something was asked for
  u64 sequence_ = 0;                                         // Invalidate Requests received
  u64 last_asked_ = 0;                                       // sequence of the request that was answered last
  std::vector<Sent> sent_;
  std::map<std::pair<u32, DeviceBreach>, u64> refused_;
};

}  // namespace

MonitorEntry monitors::device_grants() {
  return entry_of<DeviceGrants>(kInfo);
}

}  // namespace smmu_vp::tb
