// ownership. At smmu.translated, a PASID's translation leads to memory that is allocated for that
// PASID's process. There is no grace period: a page is freed only after the invalidation of its
// mapping ended. Checked only once the page allocator has announced pages, and for PASIDs that were
// allocated; a freed PASID owns nothing.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "ownership",
    .description = "no PASID reaches memory its process does not own",
    .rule =
        "Every translation for a PASID leads to a page allocated as memory of that PASID's "
        "process: never the kernel's, a page table, a free page, or another process's.",
    .section = "docs/pasid_lifetime.md",
    .facts = "os.page_*, sva.pasid_*, smmu.translated",
    .finds = "reuse of a PASID with something left over; forged translated requests",
};

class Ownership final : public Monitor {
 public:
  Ownership(trace::Bus& bus, SharedShadows shadows) : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) {
      if (!f.who.pasid || !shadows_->pasids.known(*f.who.pasid) || shadows_->pages.empty()) return;
      // The SMMU cannot detect what a device forges under full ATS (3.9.1.1); the
      // isolation monitor checks that.
      if (f.kind == At::kTranslated && shadows_->rogues.contains(f.who.sid)) return;
      judge();
      const u64 mm = shadows_->pasids.mm_of(*f.who.pasid);
      const u64 last = last_page(f.pa, f.bytes);
      for (u64 page = first_page(f.pa); page <= last; ++page) {
        const PageLedger::Entry* entry = shadows_->pages.find(page);
        if (entry != nullptr && !entry->freed && entry->use == PageUse::kProcess && entry->owner == mm)
          continue;
        const std::optional<u64> address = shadows_->address_of(f);
        report(
            t_ps,
            fmt::format("PASID {} {} {} ({}, StreamID {:#x}, transaction {}): {}", *f.who.pasid,
                        f.write ? "writes" : "reads", place_text(address, f.pa), to_string(f.kind), f.who.sid,
                        f.transaction, PageLedger::describe(entry)),
            {.sid = f.who.sid, .pasid = f.who.pasid, .address = address, .physical = f.pa, .write = f.write});
        return;
      }
    });
  }

 private:
  SharedShadows shadows_;
};

}  // namespace

MonitorEntry monitors::ownership() {
  return entry_of<Ownership>(kInfo);
}

}  // namespace smmu_vp::tb
