// freed_table_walk. The rule: a page a walk reads is, at that moment, allocated as a page table, and of the
// process whose PASID the walk is for. No grace: before it frees a table the system ends an invalidation
// whose CMD_SYNC waits for walks begun earlier (4.7.3). Pages the allocator never handed out are not
// judged: another driver's tables.
#include <fmt/format.h>

#include "testbench/monitors/factories.h"

namespace smmu_vp::tb {

namespace {

class FreedTableWalk final : public Monitor {
 public:
  FreedTableWalk(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64 t_ps) {
      const PageLedger::Entry* page = shadows_->pages.find(first_page(f.pa));
      if (page == nullptr) return;
      judge();
      if (const char* wrong = fault_of(*page, f.transaction)) {
        const Flight* flight = shadows_->flights.find(f.transaction);
        const auto pasid =
            flight != nullptr && flight->ssv ? std::optional<u32>{flight->ssid} : std::optional<u32>{};
        report(t_ps,
               fmt::format("the walk of transaction {}{} reads its level-{} descriptor at {:#x}, {}",
                           f.transaction, pasid ? fmt::format(" (PASID {}, {:#x})", *pasid, flight->va) : "",
                           f.level, f.pa, wrong),
               pasid, f.pa);
      }
    });
  }

 private:
  const char* fault_of(const PageLedger::Entry& page, u64 transaction) const {
    if (page.freed) return page.use == Use::kPageTable ? "in a freed page table" : "in a free page";
    if (page.use != Use::kPageTable) return "in a page that is not a page table";
    const Flight* flight = shadows_->flights.find(transaction);
    if (flight == nullptr || !flight->ssv || page.owner == 0) return nullptr;
    const u64 mm = shadows_->pasids.mm_of(flight->ssid);
    return mm != 0 && mm != page.owner ? "in another process's page table" : nullptr;
  }

  SharedShadows shadows_;
};

}  // namespace

std::unique_ptr<Monitor> make_freed_table_walk(trace::Bus& bus, const MonitorInfo& info,
                                               const SharedShadows& shadows) {
  return std::make_unique<FreedTableWalk>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
