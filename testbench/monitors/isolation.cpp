// isolation. The rule, whatever a device does: at smmu.translated, an access leads to memory of a process
// only when that process holds the PASID of the access and is bound to the device. A bind that is under way
// may be used before its phase is announced, so such an access is held until phase 1 arrives, or reported at
// the end. Not judged, but counted and named, is what the manual leaves to the device's good will:
//  - a translated request that passes unchanged: full ATS (STE.EATS = 0b01) looks nothing up (3.9.1.1);
//  - a request without a PASID that passes unchanged: stage 1 is bypassed by STE.Config, S1DSS or GBPA (5.2).
// Free pages hold nobody's bytes; their use is for stale_translation.
#include <fmt/format.h>

#include <map>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class Isolation final : public Monitor {
 public:
  Isolation(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) { on_phase(f); });
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) { on_translated(f, t_ps); });
  }

  void finish(u64) override {
    for (const Held& h : held_) report(h.t_ps, h.what, h.pasid, h.pa);
  }

  std::vector<std::string> remarks() const override {
    std::vector<std::string> lines;
    const auto add = [&](u64 n, const char* where) {
      if (n != 0)
        lines.push_back(fmt::format("{} accesses to memory of others, by trust in the device: {}", n, where));
    };
    add(trusted_ats_, "translated requests under full ATS (STE.EATS = 0b01, 3.9.1.1)");
    add(trusted_bypass_,
        "requests without a PASID where stage 1 is bypassed (STE.Config, S1DSS or GBPA, 5.2)");
    return lines;
  }

 private:
  using Binding = std::pair<u32, u32>;  // StreamID, PASID
  struct Held {
    u64 t_ps;
    Binding binding;
    u64 mm;
    std::string what;
    u32 pasid;
    u64 pa;
  };

  void on_phase(const trace::PasidPhase& f) {
    const Binding binding{f.sid, f.pasid};
    if (f.phase == 3) {
      bound_.erase(binding);
      return;
    }
    bound_[binding] = f.mm;
    std::erase_if(held_, [&](const Held& h) { return h.binding == binding && h.mm == f.mm; });
  }

  void on_translated(const trace::Translated& f, u64 t_ps) {
    const Kind kind = kind_of(f.kind);
    if (kind == Kind::kTranslationRequest || shadows_->pages.empty()) return;
    judge();
    const auto bound = bound_.find({f.sid, f.ssid});
    const u64 mm = f.ssv && bound != bound_.end() ? bound->second : 0;
    const u64 last = last_page(f.pa, f.bytes);
    for (u64 page = first_page(f.pa); page <= last; ++page) {
      const PageLedger::Entry* entry = shadows_->pages.find(page);
      if (entry == nullptr || entry->freed) continue;
      if (entry->use == Use::kProcess && mm != 0 && entry->owner == mm) continue;
      const bool unchanged = f.va == f.pa && f.asid == 0;
      if (kind == Kind::kTranslated && unchanged) {
        ++trusted_ats_;
      } else if (!f.ssv && unchanged) {
        ++trusted_bypass_;
      } else {
        accuse(f, *entry, t_ps);
      }
      return;
    }
  }

  void accuse(const trace::Translated& f, const PageLedger::Entry& entry, u64 t_ps) {
    std::string what = fmt::format("StreamID {:#x} {} physical {:#x} ({}, PASID {}), {}, not bound to it",
                                   f.sid, f.write ? "writes" : "reads", f.pa, f.kind,
                                   f.ssv ? fmt::format("{}", f.ssid) : "none", PageLedger::describe(&entry));
    const u64 holder = f.ssv ? shadows_->pasids.mm_of(f.ssid) : 0;
    if (entry.use == Use::kProcess && holder != 0 && holder == entry.owner) {
      held_.push_back({t_ps, {f.sid, f.ssid}, holder, std::move(what), f.ssid, f.pa});
    } else {
      report(t_ps, std::move(what), f.ssid, f.pa);
    }
  }

  SharedShadows shadows_;
  std::map<Binding, u64> bound_;  // to the mm
  std::vector<Held> held_;
  u64 trusted_ats_ = 0, trusted_bypass_ = 0;
};

}  // namespace

std::unique_ptr<Monitor> make_isolation(trace::Bus& bus, const MonitorInfo& info,
                                        const SharedShadows& shadows) {
  return std::make_unique<Isolation>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
