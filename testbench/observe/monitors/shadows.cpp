// The listeners that keep the monitors' shared state up to date.
#include "testbench/observe/monitors/shadows.h"

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
    for (u64 i = 0; i < f.pages; ++i) pages_[first_page(f.pa) + i] = {f.owner, f.use, false};
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
  if (entry->use == PageUse::kPageTable) return "a page table";
  if (entry->use != PageUse::kProcess || entry->owner == 0) return "the kernel's";
  return fmt::format("memory of process {}", entry->owner);
}

Rogues::Rogues(trace::Bus& bus) {
  bus.on<trace::Misbehaves>([this](const trace::Misbehaves& f, u64) { sids_.insert(f.who.sid); });
}

PageGroups::PageGroups(trace::Bus& bus) {
  bus.on<trace::PageRequestIssued>([this](const trace::PageRequestIssued& f, u64) {
    if (!f.stop_marker()) asked_[{f.who.sid, f.prg_index}] = {f.who.pasid, f.response_needs_pasid};
  });
}

std::string PageGroups::refusal(const Requester& who, u32 prg_index, bool failure) const {
  const auto asked = asked_.find({who.sid, prg_index});
  if (asked == asked_.end() || !asked->second.needs_pasid) return {};
  const std::optional<u32> wanted = asked->second.pasid;
  if (who.pasid)
    return who.pasid == wanted ? "" : fmt::format("with PASID {} and not {}", *who.pasid, wanted.value_or(0));
  // A Response Failure without a PASID (8.2) still applies to the function.
  return failure ? "" : fmt::format("without PASID {}, which the function requires", wanted.value_or(0));
}

bool PageGroups::takes(const trace::PrgResponseSent& f) const {
  return refusal(f.who, f.prg_index, f.response == spec::ResponseCode::kResponseFailure).empty();
}

AtsAnswers::AtsAnswers(trace::Bus& bus) {
  bus.on<trace::AtsCompletion>([this](const trace::AtsCompletion& f, u64) {
    if (f.read || f.write) keep(f.who, f.va, f.pa, f.log2_size);
  });
  bus.on<trace::AtsFollowing>(
      [this](const trace::AtsFollowing& f, u64) { keep(f.who, f.va, f.pa, f.log2_size); });
}

void AtsAnswers::keep(const Requester& who, u64 va, u64 pa, u32 log2_size) {
  const u64 offset = log2_size >= 64 ? ~u64{0} : (u64{1} << log2_size) - 1;
  told_[who][pa & ~offset] = {va & ~offset, offset};
}

std::optional<u64> AtsAnswers::address_of(const Requester& who, u64 pa) const {
  const auto function = told_.find(who);
  if (function == told_.end()) return {};
  const auto next = function->second.upper_bound(pa);
  if (next == function->second.begin()) return {};
  const auto& [base, block] = *std::prev(next);
  if (pa - base > block.last) return {};
  return block.va + (pa - base);
}

std::optional<u64> Shadows::address_of(const trace::Translated& f) const {
  return f.kind == At::kTranslated ? ats.address_of(f.who, f.pa) : std::optional<u64>{f.va};
}

std::optional<u64> Shadows::address_of(const Flight& f) const {
  return f.kind == At::kTranslated ? ats.address_of(f.who, f.va) : std::optional<u64>{f.va};
}

std::string text_of(const Requester& who) {
  return who.pasid ? fmt::format("StreamID {:#x}, PASID {}", who.sid, *who.pasid)
                   : fmt::format("StreamID {:#x}", who.sid);
}

std::string pasid_text(const Requester& who) {
  return who.pasid ? fmt::format("PASID {}", *who.pasid) : "no PASID";
}

std::string place_text(std::optional<u64> address, u64 physical) {
  return address ? fmt::format("{:#x} at physical {:#x}", *address, physical)
                 : fmt::format("physical {:#x}, which the device never got by ATS,", physical);
}

Flights::Flights(trace::Bus& bus) {
  bus.on<trace::TransactionBegin>([this](const trace::TransactionBegin& f, u64 t_ps) {
    const u64 key = transaction_key(f);
    Flight& flight = open_[key];
    flight = {.begin_ps = t_ps, .va = f.va, .who = f.who, .kind = f.kind};
    for (const OnBegin& listener : on_begin_) listener(key, flight);
  });
  bus.on<trace::TransactionEnd>([this](const trace::TransactionEnd& f, u64 t_ps) {
    const u64 key = transaction_key(f);
    const Flight* found = open_.find(key);
    if (found == nullptr) return;
    const Flight flight = *found;
    open_.erase(key);
    for (const OnEnd& listener : on_end_) listener(key, flight, f.result, t_ps);
  });
  bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) {
    if (Flight* flight = open_.find(transaction_key(f))) flight->stalled = flight->ever_stalled = true;
  });
  bus.on<trace::StallUnrecorded>([this](const trace::StallUnrecorded& f, u64) {
    if (Flight* flight = open_.find(transaction_key(f))) flight->stalled = flight->ever_stalled = true;
  });
  bus.on<trace::Resumed>([this](const trace::Resumed& f, u64) {
    if (Flight* flight = open_.find(transaction_key(f))) flight->stalled = false;
  });
}

}  // namespace smmu_vp::tb
