// Facts into shadows: the listeners of the shared state.
#include "testbench/monitors/shadows.h"

#include <fmt/format.h>

namespace smmu_vp::tb {

PasidTable::PasidTable(trace::Bus& bus) {
  bus.on<trace::PasidAllocated>([this](const trace::PasidAllocated& f, u64) {
    if (f.pasid >= entries_.size()) entries_.resize(f.pasid + 1);
    entries_[f.pasid] = {f.mm, true};
  });
  bus.on<trace::PasidFreed>([this](const trace::PasidFreed& f, u64) {
    if (mm_of(f.pasid) == f.mm) entries_[f.pasid].mm = 0;
  });
}

PageLedger::PageLedger(trace::Bus& bus) {
  bus.on<trace::PageAllocated>([this](const trace::PageAllocated& f, u64) {
    const Use use = f.use == "process"      ? Use::kProcess
                    : f.use == "page_table" ? Use::kPageTable
                                            : Use::kDriver;
    for (u64 i = 0; i < f.pages; ++i) pages_[first_page(f.pa) + i] = {f.owner, use, false};
  });
  bus.on<trace::PageFreed>([this](const trace::PageFreed& f, u64) {
    for (u64 i = 0; i < f.pages; ++i) {
      if (Entry* page = pages_.find(first_page(f.pa) + i)) page->freed = true;
    }
  });
}

std::string PageLedger::describe(const Entry* entry) {
  if (entry == nullptr) return "no memory of any process";
  if (entry->freed) return "a free page";
  if (entry->use == Use::kPageTable) return "a page table";
  if (entry->use == Use::kDriver || entry->owner == 0) return "the kernel's";
  return fmt::format("memory of process {}", entry->owner);
}

Rogues::Rogues(trace::Bus& bus) {
  bus.on<trace::Misbehaves>([this](const trace::Misbehaves& f, u64) { sids_.insert(f.sid); });
}

Kind kind_of(std::string_view kind) {
  if (kind == "untranslated") return Kind::kUntranslated;
  if (kind == "translated") return Kind::kTranslated;
  return kind == "prefetch" ? Kind::kPrefetch : Kind::kTranslationRequest;
}

Flights::Flights(trace::Bus& bus) {
  bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& f, u64 t_ps) {
    Flight& flight = open_[f.transaction];
    flight = {
        .begin_ps = t_ps, .va = f.va, .sid = f.sid, .ssid = f.ssid, .kind = kind_of(f.kind), .ssv = f.ssv};
    for (const OnBegin& listener : on_begin_) listener(f.transaction, flight);
  });
  bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& f, u64 t_ps) {
    const Flight* found = open_.find(f.transaction);
    if (found == nullptr) return;
    const Flight flight = *found;
    open_.erase(f.transaction);
    for (const OnEnd& listener : on_end_) listener(f.transaction, flight, f.result, t_ps);
  });
  bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) {
    if (Flight* flight = open_.find(f.transaction)) flight->stalled = flight->ever_stalled = true;
  });
  bus.on<trace::Resumed>([this](const trace::Resumed& f, u64) {
    if (Flight* flight = open_.find(f.transaction)) flight->stalled = false;
  });
}

}  // namespace smmu_vp::tb
