// ownership. The rule: whatever a PASID's translation leads to, at the moment of smmu.translated, is memory
// allocated for that PASID's process. No grace: a page is freed only after the invalidation of its mapping
// ended. Judged only once the page allocator has spoken and for PASIDs it knows of; a freed PASID owns
// nothing.
#include <fmt/format.h>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class Ownership final : public Monitor {
 public:
  Ownership(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) {
      if (!f.ssv || !shadows_->pasids.known(f.ssid) || shadows_->pages.empty()) return;
      // What a device forges under full ATS the SMMU cannot know (3.9.1.1): that is for isolation.
      if (kind_of(f.kind) == Kind::kTranslated && shadows_->rogues.contains(f.sid)) return;
      judge();
      const u64 mm = shadows_->pasids.mm_of(f.ssid);
      const u64 last = last_page(f.pa, f.bytes);
      for (u64 page = first_page(f.pa); page <= last; ++page) {
        const PageLedger::Entry* entry = shadows_->pages.find(page);
        if (entry != nullptr && !entry->freed && entry->use == Use::kProcess && entry->owner == mm) continue;
        report(t_ps,
               fmt::format("PASID {} {} physical {:#x} ({}, StreamID {:#x}, transaction {}), which is {}",
                           f.ssid, f.write ? "writes" : "reads", f.pa, f.kind, f.sid, f.transaction,
                           PageLedger::describe(entry)),
               f.ssid, f.pa);
        return;
      }
    });
  }

 private:
  SharedShadows shadows_;
};

}  // namespace

std::unique_ptr<Monitor> make_ownership(trace::Bus& bus, const MonitorInfo& info,
                                        const SharedShadows& shadows) {
  return std::make_unique<Ownership>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
