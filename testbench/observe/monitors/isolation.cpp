// isolation. Whatever a device does, at smmu.translated an access leads to memory of a process only if that
// process holds the PASID of the access and is bound to the device. A bind in progress may be used before its
// phase is announced, so such an access is held until phase 1 is announced, and reported at the end if it is
// not. Not violations, but counted and named, are accesses for which the manual trusts the device:
// - a Translated request that passes unchanged: full ATS (STE.EATS = 0b01) looks nothing up (3.9.1.1);
// - a request without a PASID that passes unchanged: stage 1 is bypassed by STE.Config, S1DSS or GBPA (5.2).
// Free pages hold no process's data; their use is checked by stale_translation.
#include <fmt/format.h>

#include <map>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "isolation",
    .description = "no device reaches memory of a process that is not bound to its PASID",
    .rule =
        "Whatever the device does, an access leads to memory of a process only with a PASID of "
        "that process, bound to that device. Translated requests under full ATS and requests that "
        "bypass stage 1 are the device's to misuse: they are counted and named.",
    .section = "3.9.1.1, 5.2, 5.5",
    .facts = "os.page_*, sva.phase, smmu.translated",
    .finds =
        "a CD or STE left valid; full ATS given to a device that forges (counted and named, not a "
        "violation: 3.9.1.1)",
};

class Isolation final : public Monitor {
 public:
  Isolation(trace::Bus& bus, SharedShadows shadows) : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) { on_phase(f); });
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) { on_translated(f, t_ps); });
  }

  void finish(u64) override {
    for (const Held& h : held_) report(h.t_ps, h.what, h.subject);
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
  struct Held {
    u64 t_ps;
    Requester who;
    u64 mm;
    std::string what;
    Subject subject;
  };

  void on_phase(const trace::PasidPhase& f) {
    const Requester who = f.who();
    if (f.phase == Phase::kUnbound) {
      bound_.erase(who);
      return;
    }
    bound_[who] = f.mm;
    std::erase_if(held_, [&](const Held& h) { return h.who == who && h.mm == f.mm; });
  }

  void on_translated(const trace::Translated& f, u64 t_ps) {
    if (f.kind == At::kTranslationRequest || shadows_->pages.empty()) return;
    judge();
    const auto bound = bound_.find(f.who);
    const u64 mm = f.who.pasid && bound != bound_.end() ? bound->second : 0;
    const u64 last = last_page(f.pa, f.bytes);
    for (u64 page = first_page(f.pa); page <= last; ++page) {
      const PageLedger::Entry* entry = shadows_->pages.find(page);
      if (entry == nullptr || entry->freed) continue;
      if (entry->use == PageUse::kProcess && mm != 0 && entry->owner == mm) continue;
      // Without a PASID, stage 1 is the DMA API's: what the driver has mapped there is its own.
      if (!f.who.pasid && f.asid != 0 && entry->use == PageUse::kDriver) continue;
      const bool unchanged = f.va == f.pa && f.asid == 0;
      if (f.kind == At::kTranslated && unchanged) {
        ++trusted_ats_;
      } else if (!f.who.pasid && unchanged) {
        ++trusted_bypass_;
      } else {
        accuse(f, *entry, t_ps);
      }
      return;
    }
  }

  void accuse(const trace::Translated& f, const PageLedger::Entry& entry, u64 t_ps) {
    const Subject subject{.sid = f.who.sid,
                          .pasid = f.who.pasid,
                          .address = shadows_->address_of(f),
                          .physical = f.pa,
                          .write = f.write};
    std::string what =
        fmt::format("StreamID {:#x} {} {} ({}, PASID {}): {}, not bound to it", f.who.sid,
                    f.write ? "writes" : "reads", place_text(subject.address, f.pa), to_string(f.kind),
                    f.who.pasid ? fmt::format("{}", *f.who.pasid) : "none", PageLedger::describe(&entry));
    const u64 holder = f.who.pasid ? shadows_->pasids.mm_of(*f.who.pasid) : 0;
    if (entry.use == PageUse::kProcess && holder != 0 && holder == entry.owner) {
      held_.push_back({t_ps, f.who, holder, std::move(what), subject});
    } else {
      report(t_ps, std::move(what), subject);
    }
  }

  SharedShadows shadows_;
  std::map<Requester, u64> bound_;  // to the mm
  std::vector<Held> held_;
  u64 trusted_ats_ = 0, trusted_bypass_ = 0;
};

}  // namespace

MonitorEntry monitors::isolation() {
  return entry_of<Isolation>(kInfo);
}

}  // namespace smmu_vp::tb
