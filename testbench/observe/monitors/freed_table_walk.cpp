// freed_table_walk. A page that a walk reads is, at that moment, allocated as a page table of the process
// whose PASID the walk is for. There is no grace period: before the system frees a table it completes an
// invalidation, whose CMD_SYNC waits for walks that began earlier (4.7.3). Pages that the allocator never
// handed out are not checked: they are another driver's tables.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "freed_table_walk",
    .description = "no walk reads a page that is not a live page table of the process",
    .rule =
        "A walk reads only pages that are allocated as page tables, and not those of another "
        "process.",
    .section = "3.21, 4.7.3",
    .facts = "os.page_*, smmu.walk_read",
    .finds = "tables freed before the invalidation; a release that left the CD live",
};

class FreedTableWalk final : public Monitor {
 public:
  FreedTableWalk(trace::Bus& bus, SharedShadows shadows) : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64 t_ps) {
      const PageLedger::Entry* page = shadows_->pages.find(first_page(f.pa));
      if (page == nullptr) return;
      judge();
      if (const char* wrong = fault_of(*page, transaction_key(f))) {
        const Flight* flight = shadows_->flights.find(transaction_key(f));
        Subject subject{.physical = f.pa};
        if (flight != nullptr) {
          subject.sid = flight->who.sid;
          subject.pasid = flight->who.pasid;
          subject.address = shadows_->address_of(*flight);
        }
        report(t_ps,
               fmt::format("the walk of transaction {}{} reads its level-{} descriptor at {:#x}, {}",
                           f.transaction,
                           subject.pasid ? fmt::format(" (PASID {}, {:#x})", *subject.pasid, flight->va) : "",
                           f.level, f.pa, wrong),
               subject);
      }
    });
  }

 private:
  const char* fault_of(const PageLedger::Entry& page, u64 key) const {
    if (page.freed) return page.use == PageUse::kPageTable ? "in a freed page table" : "in a free page";
    if (page.use != PageUse::kPageTable) return "in a page that is not a page table";
    const Flight* flight = shadows_->flights.find(key);
    if (flight == nullptr || !flight->who.pasid || page.owner == 0) return nullptr;
    const u64 mm = shadows_->pasids.mm_of(*flight->who.pasid);
    return mm != 0 && mm != page.owner ? "in another process's page table" : nullptr;
  }

  SharedShadows shadows_;
};

}  // namespace

MonitorEntry monitors::freed_table_walk() {
  return entry_of<FreedTableWalk>(kInfo);
}

}  // namespace smmu_vp::tb
