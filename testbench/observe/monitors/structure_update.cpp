// structure_update. The SMMU may read a reachable structure at any time, eight bytes at a time in any order,
// and may cache it in any state (3.21.3). So between two synchronised invalidations of an entry, at most one
// word of it changes in bits that are used, setting and clearing V included. Every change is followed by an
// invalidation that covers it and by a CMD_SYNC, before the driver relies on it (sva.phase) and before the
// run ends. Tables stay allocated while they are reachable. Bits unused before and after may change at any
// time, and so may structures that nothing points to yet.
#include <fmt/format.h>

#include <bit>

#include "testbench/observe/monitors/cfgi_scope.h"
#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/structure_tables.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "structure_update",
    .description = "STEs, CDs and their tables change only as the SMMU may read them",
    .rule =
        "Between two synchronised invalidations of a reachable structure at most one word of it "
        "changes where it matters; every change is invalidated and synced before a phase relies "
        "on it and before the end; reachable tables stay allocated.",
    .section = "3.21.3",
    .facts = "os.structure_store, os.page_free, smmu.reg_write, smmu.command, smmu.sync_end, sva.phase",
    .finds =
        "fields and V set together; CMD_CFGI_* left out, of another entry, or of the leaf only; "
        "no CMD_SYNC",
};

class StructureUpdate final : public Monitor {
 public:
  StructureUpdate(trace::Bus& bus, const SharedShadows&) : Monitor(bus, kInfo) {
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64) { registers(f); });
    bus.on<trace::StructureStore>([this](const trace::StructureStore& f, u64 t) { store(f, t); });
    bus.on<trace::PageFreed>([this](const trace::PageFreed& f, u64 t) { freed(f, t); });
    bus.on<trace::Command>([this](const trace::Command& f, u64) { command(f); });
    bus.on<trace::SyncEnd>([this](const trace::SyncEnd&, u64) { synchronised(); });
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64 t) { phase(f, t); });
  }

  void finish(u64 t) override {
    for (const auto& [base, entry] : open_) {
      if (decisive(entry) != 0) unsynchronised(entry, "at the end", t);
    }
  }

 private:
  // An entry that differs from what the SMMU is known to have last read.
  struct Open {
    StructureTables::Place place;
    Words settled, now;
    std::optional<Words> invalidated;  // as it was when an invalidation of it was consumed
    bool reported = false;
  };

  void registers(const trace::RegisterWrite& f) {
    bool changed = tables_.register_written(f.offset, static_cast<u32>(f.value));
    if (f.bytes == 8) changed |= tables_.register_written(f.offset + 4, static_cast<u32>(f.value >> 32));
    if (!changed) return;
    // Software invalidates everything between setting the base and the first use (6.3.24).
    tables_.rebuild();
    open_.clear();
  }

  void store(const trace::StructureStore& f, u64 t) {
    if (tables_.word(f.pa) == f.value) return;
    const std::optional<StructureTables::Place> place = tables_.find(f.pa);
    if (!place) return tables_.store(f.pa, f.value);
    judge();
    const Words before = tables_.entry(*place);
    Open& entry = open_.try_emplace(place->base, Open{*place, before, before, {}}).first->second;
    tables_.store(f.pa, f.value);
    entry.now = tables_.entry(*place);
    if (std::popcount(decisive(entry)) > 1 && !entry.reported) {
      entry.reported = true;
      report(
          t,
          fmt::format("{} changes in more than one word without an invalidation and a CMD_SYNC between: the "
                      "SMMU may see some of them and not the others",
                      text_of(entry.place.id)),
          subject(entry.place.id, f.pa));
    }
    if (leads_to(*place, before) != leads_to(*place, entry.now)) {
      tables_.rebuild();
      std::erase_if(open_, [this](const auto& e) { return !tables_.find(e.first); });
    }
  }

  static std::optional<TableLayout> leads_to(const StructureTables::Place& place, const Words& entry) {
    return next_table(place.id.kind, place.id.log2_ids, entry);
  }
  static unsigned decisive(const Open& e) { return differing_words(e.place.id.kind, e.settled, e.now); }

  void freed(const trace::PageFreed& f, u64 t) {
    const u64 bytes = f.pages * 4096;
    if (tables_.reachable(f.pa, bytes))
      report(t, fmt::format("pages at {:#x} are freed while the SMMU can reach structures in them", f.pa),
             {.physical = f.pa});
    tables_.forget(f.pa, bytes);
  }

  void command(const trace::Command& f) {
    if (open_.empty()) return;
    const std::optional<CfgiScope> scope = cfgi_scope(f.words(), 0);
    if (!scope) return;
    for (auto& [base, entry] : open_) {
      if (scope->covers(entry.place.id)) entry.invalidated = entry.now;
    }
  }

  void synchronised() {
    for (auto it = open_.begin(); it != open_.end();) {
      Open& entry = it->second;
      const auto at = it++;
      if (!entry.invalidated) continue;
      entry.settled = *entry.invalidated;
      entry.invalidated.reset();
      entry.reported = false;
      if (entry.settled == entry.now) open_.erase(at);
    }
  }

  void phase(const trace::PasidPhase& f, u64 t) {
    for (const auto& [base, entry] : open_) {
      const StructureId& id = entry.place.id;
      const bool relied_on =
          id.sid == f.sid && (id.kind == Structure::kSte || id.ssid >> id.log2_ids == f.pasid >> id.log2_ids);
      if (id.kind != Structure::kL1Std && relied_on && decisive(entry) != 0)
        unsynchronised(entry, fmt::format("when PASID {} enters phase {}", f.pasid, number(f.phase)), t);
    }
  }

  void unsynchronised(const Open& entry, std::string_view when, u64 t) {
    report(t,
           fmt::format("{} has changed and {} no invalidation of it has been synchronised",
                       text_of(entry.place.id), when),
           subject(entry.place.id, entry.place.base));
  }

  static Subject subject(const StructureId& id, u64 pa) {
    Subject s{.sid = id.sid, .physical = pa};
    if (id.kind == Structure::kCd) s.pasid = id.ssid;
    return s;
  }

  StructureTables tables_;
  std::map<u64, Open> open_;  // by address
};

}  // namespace

MonitorEntry monitors::structure_update() {
  return entry_of<StructureUpdate>(kInfo);
}

}  // namespace smmu_vp::tb
