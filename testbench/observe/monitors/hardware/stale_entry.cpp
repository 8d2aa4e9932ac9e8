// stale_entry. The rule: what memory no longer grants is invalidated, in time and before its page is given another
// use. Between the store and the end of the invalidation an entry may be used, whoever's CMD_SYNC ends meanwhile:
// such windows are measured, not judged. Two things are:
//  - reused: while the entry is usable, its page serves as a table or structure, or as a queue, or another address space
//    maps it and one of the two may write. A page that several spaces mapped before is shared, and no reuse; nor is
//    one that comes back at another address of the same space, as mremap() moves it.
//  - never invalidated: the grace is over, or the run, and no command has begun that is required to remove the entry.
// Whether devices are told is for atc_order. What no context has the tags of is matched by nobody: tag_reuse judges it
// when the tags come back.
#include <fmt/format.h>

#include <set>
#include <tuple>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/exposure.h"
#include "testbench/observe/monitors/hardware/translation_text.h"
#include "tlm/spec/registers.h"

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
        "run; until that is complete its page serves no other address space, table, structure or queue.",
    .section = "3.21.1, 4.4",
    .witness = Witness::kMachine,
    .facts = "memory; smmu.walk_read, smmu.command, smmu.sync_end, smmu.translated",
    .finds =
        "a TLBI left out; a wrong ASID, VMID, range, TG or TTL; Leaf set where a table was freed; pages "
        "freed before "
        "CMD_SYNC has completed",
};

class StaleEntry final : public Monitor {
 public:
  StaleEntry(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)), cached_(shadows_->translations) {
    cached_.on_filled([this](const CachedEntry& e, u64 t_ps) { on_filled(e, t_ps); });
    cached_.on_changed([this](const CachedEntry&, u64) { judge(); });
    cached_.on_overdue([this](const CachedEntry& e, u64 t_ps) {
      if (e.kind != CachedKind::kDevice) on_overdue(e, t_ps);
    });
    cached_.on_ended([this](const CachedEntry& e, u64 t_ps) { on_ended(e, t_ps); });
    bus.on<trace::WalkBegin>([this](const trace::WalkBegin& f, u64) { roots_[transaction_key(f)] = f.ttb; });
    bus.on<trace::WalkEnd>([this](const trace::WalkEnd& f, u64) { roots_.erase(transaction_key(f)); });
    bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64 t_ps) {
      const u64* const root = roots_.find(transaction_key(f));
      serves(f.pa, t_ps, root == nullptr ? std::nullopt : std::optional(*root),
             [&] { return fmt::format("a level {} table of stage {}", f.level, f.stage2 ? 2 : 1); });
    });
    bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64 t_ps) {
      serves(f.pa, t_ps, {},
             [&] { return fmt::format("the {} of {}", to_string(f.structure), text_of(f.who)); });
    });
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64 t_ps) { on_register(f, t_ps); });
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
    if (const Owner* const owner = owners_.find(first_page(e.output)); owner != nullptr && !owner->shared)
      owners_.erase(first_page(e.output));
  }

  // Another address space maps the page of an entry that memory does not grant any more.
  void on_filled(const CachedEntry& fresh, u64 t_ps) {
    if (fresh.kind == CachedKind::kTable) return;
    std::vector<CachedEntry::Id> others;
    cached_.table().at_output(fresh.output, [&](CachedEntry::Id id) {
      if (cached_.table()[id].root != fresh.root) others.push_back(id);
    });
    Owner& owner = owners_[first_page(fresh.output)];
    const bool others_before = owner.shared || (owner.root != 0 && owner.root != fresh.root);
    bool stale_holder = false;
    for (const CachedEntry::Id id : others) {
      cached_.compare(id, t_ps);
      const CachedEntry& e = cached_.table()[id];
      if (!e.change) continue;
      stale_holder = true;
      const bool data_flows = ((e.rights | fresh.rights) & rights::kWrites) != 0;
      if (!owner.shared && data_flows)
        accuse(e, t_ps,
               fmt::format("is mapped at {:#x} for {}", fresh.first, text_of(cached_.requester_of(fresh))));
    }
    owner.shared |= others_before && !stale_holder && !others.empty();
    owner.root = fresh.root;
  }

  // The hardware reads a table or structure in the page.
  template <typename What>
  void serves(u64 pa, u64 t_ps, std::optional<u64> root, What&& what) {
    u64& last_ps = read_ps_[first_page(pa)];
    std::vector<CachedEntry::Id> holders;
    cached_.table().at_output(pa, [&](CachedEntry::Id id) { holders.push_back(id); });
    for (const CachedEntry::Id id : holders) {
      // A walk cache's own table is read by walks of its space until it is invalidated.
      const CachedEntry& e = cached_.table()[id];
      if (e.kind == CachedKind::kTable && (!root || e.root == *root)) continue;
      // It was read while the entry was good: a map of all memory holds its own tables.
      if (last_ps >= e.filled_ps && last_ps != 0 && (!e.change || last_ps < e.change->seen_ps)) continue;
      cached_.compare(id, t_ps);
      if (cached_.table()[id].change) accuse(cached_.table()[id], t_ps, "serves as " + what());
    }
    last_ps = t_ps;
  }

  void on_register(const trace::RegisterWrite& f, u64 t_ps) {
    namespace offset = spec::offset;
    const bool base =
        f.offset == offset::CMDQ_BASE || f.offset == offset::EVENTQ_BASE || f.offset == offset::PRIQ_BASE;
    if (!base || f.bytes != 8) return;
    serves(spec::CMDQ_BASE::ADDR.in_place(f.value), t_ps, {}, [] { return std::string("a queue"); });
  }

  void accuse(const CachedEntry& e, u64 t_ps, const std::string& use) {
    if (!reused_.insert({e.tags, e.first, e.change->seen_ps}).second) return;
    const spec::Requester& who = cached_.requester_of(e);
    report(
        t_ps,
        fmt::format("{}; memory no longer grants that ({}) and {} is not complete, but the page already {}",
                    holder_text(e, who), text_of(*e.change), command_text(e), use),
        subject_of(e, who));
  }

  struct Owner {
    u64 root = 0;  // of the space that mapped it last
    bool shared = false;
  };
  SharedShadows shadows_;
  TranslationShadow& cached_;
  FlatMap<Owner> owners_;  // by page
  FlatMap<u64> read_ps_;   // by page: when the hardware last read a table or structure there
  FlatMap<u64> roots_;     // of walks in flight
  std::set<std::tuple<TranslationTags, u64, u64>> accused_, reused_;
  ExposureMeter tlb_{"TLB"}, atc_{"ATC"};
};

}  // namespace

MonitorEntry monitors::stale_entry() {
  return entry_of<StaleEntry>(kInfo);
}

}  // namespace smmu_vp::tb
