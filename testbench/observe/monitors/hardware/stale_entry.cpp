// stale_entry. The rule: what memory no longer grants is invalidated, in time and before its page is given another
// use. Between the store and the end of the invalidation an entry may be used, whoever's CMD_SYNC ends meanwhile:
// such windows are measured, not judged. Two things are:
//  - reused: while the entry is usable, its page serves as a table or structure, or as a queue, or another address space
//    maps it and one of the two may write. A page that several spaces mapped before is shared, and no reuse; nor is
//    one that comes back at another address of the same space, as mremap() moves it.
//  - never invalidated: the grace is over, or the run, and no command has begun that is required to remove the entry.
// A third is the hardware's: an access uses an entry after its invalidation was complete.
// Whether devices are told is for atc_order. What no context has the tags of is matched by nobody: tag_reuse judges it
// when the tags come back.
#include <fmt/format.h>

#include <set>
#include <tuple>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/ended_tables.h"
#include "testbench/observe/monitors/hardware/ended_translations.h"
#include "testbench/observe/monitors/hardware/exposure.h"
#include "testbench/observe/monitors/hardware/page_reuse.h"
#include "testbench/observe/monitors/hardware/translation_text.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "stale_entry",
    .description = "what memory no longer grants is invalidated, and before its page gets another use",
    .rule =
        "A translation or table descriptor that the SMMU may have cached, and that the tables in memory no "
        "longer "
        "grant, is removed by a command that is required to remove it, within monitors.grace_us and by the "
        "end of the "
        "run; until that is complete its page serves no other address space, table, structure or queue, and "
        "after it no access uses the entry.",
    .section = "3.21.1, 4.4",
    .witness = Witness::kMachine,
    .facts = "memory; smmu.walk_read, smmu.command, smmu.sync_end, smmu.translated",
    .finds =
        "a TLBI left out; a wrong ASID, VMID, range, TG or TTL; Leaf set where a table was freed; pages "
        "freed before "
        "CMD_SYNC has completed; a fill that outlives its invalidation",
};

class StaleEntry final : public Monitor {
 public:
  StaleEntry(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo),
        shadows_(std::move(shadows)),
        cached_(shadows_->translations),
        reuse_(bus, shadows_,
               [this](const CachedEntry& e, u64 t_ps, const std::string& use) { accuse(e, t_ps, use); }),
        ended_(cached_),
        ended_tables_(bus, cached_, shadows_->memory, shadows_->flights,
                      [this](const CachedEntry& e, const spec::Requester& who, u64 va, u64 t_ps) {
                        on_begun(e, who, va, t_ps);
                      }) {
    cached_.on_unknown([this](const trace::Translated& f, const TranslationTags& tags, u64 address,
                              u64 t_ps) { on_unknown(f, tags, address, t_ps); });
    cached_.on_changed([this](const CachedEntry&, u64) { judge(); });
    cached_.on_overdue([this](const CachedEntry& e, u64 t_ps) {
      if (e.kind != CachedKind::kDevice) on_overdue(e, t_ps);
    });
    cached_.on_ended([this](const CachedEntry& e, u64 t_ps) { on_ended(e, t_ps); });
  }

  void finish(u64 t_ps) override { cached_.finish(t_ps); }

  std::vector<ExposureWindows> exposures() const override {
    std::vector<ExposureWindows> out;
    for (const ExposureMeter* meter : {&tlb_, &atc_}) {
      if (!meter->empty()) out.push_back(meter->windows());
    }
    return out;
  }

 private:
  void on_overdue(const CachedEntry& e, u64 t_ps) {
    const MemoryChange& c = *e.change;
    if (!accused_.insert({e.tags, c.pa, c.after}).second) return;  // one change, told once
    const spec::Requester& who = cached_.requester_of(e);
    report(t_ps,
           fmt::format(
               "{}; memory no longer grants that ({}), and no command followed that has to remove it, such "
               "as {}{}",
               holder_text(e, who), text_of(c), command_text(e),
               e.uses == 0 ? "" : fmt::format("; used {} times since", e.uses)),
           subject_of(e, who));
  }

  void on_ended(const CachedEntry& e, u64 t_ps) {
    if (e.kind != CachedKind::kTable && t_ps > e.change->seen_ps)
      (e.kind == CachedKind::kDevice ? atc_ : tlb_).add(t_ps - e.change->seen_ps, e.uses != 0);
  }

  void on_unknown(const trace::Translated& f, const TranslationTags& tags, u64 address, u64 t_ps) {
    const std::optional<CachedEntry> ended = ended_.take(tags, address, f.pa);
    if (!ended || cached_.leads_there(f, address)) return;
    judge();
    const spec::Requester& who = cached_.requester_of(*ended);
    Subject subject = subject_of(*ended, who);
    subject.address = address;
    subject.write = f.write;
    report(
        t_ps,
        fmt::format("{} {} {:#x} at {:#x} after the invalidation of that translation has completed ({}); no "
                    "walk since has found it",
                    text_of(f.who), f.write ? "writes" : "reads", f.pa, address, text_of(*ended->change)),
        subject);
  }

  void on_begun(const CachedEntry& ended, const spec::Requester& who, u64 va, u64 t_ps) {
    judge();
    Subject subject = subject_of(ended, who);
    subject.address = va;
    report(t_ps,
           fmt::format("the walk of {} for {:#x} begins in the table at {:#x} after the invalidation of the "
                       "descriptor that led there has completed ({}): a walk cache has kept it",
                       text_of(who), va, ended.output, text_of(*ended.change)),
           subject);
  }

  void accuse(const CachedEntry& e, u64 t_ps, const std::string& use) {
    if (!reused_.insert({e.tags, e.first, e.change->seen_ps}).second) return;
    const spec::Requester& who = cached_.requester_of(e);
    report(t_ps,
           fmt::format("{}; memory no longer grants that ({}) and {}, but the page already {}",
                       holder_text(e, who), text_of(*e.change), missing_text(e), use),
           subject_of(e, who));
  }

  SharedShadows shadows_;
  TranslationShadow& cached_;
  PageReuse reuse_;
  EndedTranslations ended_;
  EndedTables ended_tables_;
  std::set<std::tuple<TranslationTags, u64, u64>> accused_, reused_;
  ExposureMeter tlb_{"TLB"}, atc_{"ATC"};
};

}  // namespace

MonitorEntry monitors::stale_entry() {
  return entry_of<StaleEntry>(kInfo);
}

}  // namespace smmu_vp::tb
