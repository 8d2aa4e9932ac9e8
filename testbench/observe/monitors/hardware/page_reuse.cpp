// What is another use, and what is not: a page that several spaces share, one that comes back at another address of its
// own space, as mremap() moves it, one that is only read by both sides, and one that has lost rights and no more.
#include "testbench/observe/monitors/hardware/page_reuse.h"

#include <fmt/format.h>

#include "testbench/observe/monitors/hardware/queue_memory.h"
#include "tlm/spec/registers.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

PageReuse::PageReuse(trace::Bus& bus, SharedShadows shadows, OnReuse on_reuse)
    : shadows_(std::move(shadows)), cached_(shadows_->translations), on_reuse_(std::move(on_reuse)) {
  cached_.on_filled([this](const CachedEntry& e, u64 t_ps) { on_filled(e, t_ps); });
  // That it is shared is seen best before anything else maps it.
  cached_.on_changed([this](const CachedEntry& e, u64) {
    if (!filling_ && e.kind != CachedKind::kTable && cached_.mapped_elsewhere(e))
      owners_[first_page(e.output)].shared = true;
  });
  cached_.on_ended([this](const CachedEntry& e, u64) { on_ended(e); });
  bus.on<trace::WalkBegin>([this](const trace::WalkBegin& f, u64) { roots_[transaction_key(f)] = f.ttb; });
  bus.on<trace::WalkEnd>([this](const trace::WalkEnd& f, u64) { roots_.erase(transaction_key(f)); });
  bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64 t_ps) { on_walk_read(f, t_ps); });
  bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64 t_ps) { on_structure(f, t_ps); });
  bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64 t_ps) {
    if (f.offset == spec::offset::CR0) on_control(f, t_ps);
  });
}

// Another address space maps the page of an entry that memory does not grant any more.
void PageReuse::on_filled(const CachedEntry& fresh, u64 t_ps) {
  // What stage 2 says on the way is used by the translation that comes with it.
  if (fresh.kind == CachedKind::kTable || fresh.on_the_way) return;
  filling_ = true;
  held_.clear();
  cached_.table().at_output(fresh.output, [&](CachedEntry::Id id) {
    if (!one_space(cached_.table()[id], fresh)) held_.push_back(id);
  });
  Owner& owner = owners_[first_page(fresh.output)];
  if (!owner.shared && held_.empty()) owner.shared = cached_.mapped_elsewhere(fresh);
  const bool others_before = owner.shared || (owner.root != 0 && owner.root != fresh.root);
  bool stale_holder = false;
  for (const CachedEntry::Id id : held_) {
    cached_.compare(id, t_ps);
    const CachedEntry& e = cached_.table()[id];
    if (!e.change) continue;
    stale_holder = true;
    const bool data_flows = ((e.rights | fresh.rights) & rights::kWrites) != 0;
    if (!owner.shared && data_flows && !cached_.leads_there_still(e))
      on_reuse_(e, t_ps,
                fmt::format("is mapped at {:#x} for {}", fresh.first, text_of(cached_.requester_of(fresh))));
  }
  owner.shared |= others_before && !stale_holder && !held_.empty();
  owner.root = fresh.root;
  filling_ = false;
}

void PageReuse::on_ended(const CachedEntry& e) {
  const u64 page = first_page(e.output);
  if (const Owner* const owner = owners_.find(page); owner != nullptr && !owner->shared) owners_.erase(page);
}

template <typename Root, typename What>
void PageReuse::serves(u64 first, u64 last, u64& last_ps, u64 t_ps, Root&& root, What&& what) {
  held_.clear();
  cached_.table().over_output(first, last, [&](CachedEntry::Id id) { held_.push_back(id); });
  for (const CachedEntry::Id id : held_) {
    // A walk cache's own table is read by walks of its space until it is invalidated.
    const CachedEntry& e = cached_.table()[id];
    if (e.kind == CachedKind::kTable) {
      const std::optional<u64> of_walk = root();
      if (!of_walk || e.root == *of_walk) continue;
    }
    // It was read while the entry was good: a map of all memory holds its own tables.
    if (last_ps >= e.filled_ps && last_ps != 0 && (!e.change || last_ps < e.change->seen_ps)) continue;
    cached_.compare(id, t_ps);
    if (cached_.table()[id].change) on_reuse_(cached_.table()[id], t_ps, "serves as " + what());
  }
  last_ps = t_ps;
}

std::optional<u64> PageReuse::root_of(const trace::WalkRead& f) {
  if (!f.stage2) {
    const u64* const root = roots_.find(transaction_key(f));
    return root == nullptr ? std::nullopt : std::optional(*root);
  }
  const Flight* const flight = shadows_->flights.find(transaction_key(f));
  if (flight == nullptr) return std::nullopt;
  TranslationRequesters& requesters = cached_.requesters();
  const Regime* const regime = requesters.fetched(requesters.number_of(flight->who, f.smmu));
  return regime == nullptr ? std::nullopt : std::optional(regime->stage2_tables.base);
}

void PageReuse::on_walk_read(const trace::WalkRead& f, u64 t_ps) {
  serves(
      f.pa, f.pa, read_ps_[first_page(f.pa)], t_ps, [&] { return root_of(f); },
      [&] { return fmt::format("a level {} table of stage {}", f.level, f.stage2 ? 2 : 1); });
}

void PageReuse::on_structure(const trace::ConfigFetched& f, u64 t_ps) {
  const auto no_walk = [] { return std::optional<u64>{}; };
  serves(f.pa, f.pa, read_ps_[first_page(f.pa)], t_ps, no_walk,
         [&] { return fmt::format("the {} of {}", to_string(f.structure), text_of(f.who)); });
  const ConfigShadow& structures = shadows_->configuration;
  const CachedStructure* const ste =
      structures.newest({.smmu = f.smmu, .kind = Structure::kSte, .sid = f.who.sid});
  // Under stage 2 the tables of CDs have IPAs.
  const bool moved = ste == nullptr || spec::ste::ConfigS2.get(ste->words) != 0;
  std::optional<TableLayout> table;
  switch (f.structure) {
    case Structure::kL1Std:
      table = leaf_of_l1std(f.words[0], structures.lookup().streams(f.smmu).log2_ids);
      break;
    case Structure::kSte:
      if (spec::ste::ConfigS2.get(f.words) == 0) table = cd_table(f.words);
      break;
    case Structure::kL1Cd:
      if (const auto first = moved ? std::nullopt : cd_table(ste->words))
        table = leaf_of_l1cd(f.words[0], first->log2_ids);
      break;
    case Structure::kCd:
      break;
  }
  if (table) table_in_use(*table, fmt::format("a table of {}s", to_string(table->kind)), t_ps);
}

// While SMMUEN is 0 no device uses a translation.
void PageReuse::on_control(const trace::RegisterWrite& f, u64 t_ps) {
  const ConfigShadowLookup& lookup = shadows_->configuration.lookup();
  if (!lookup.enabled(f.smmu)) return;
  const TableLayout streams = lookup.streams(f.smmu);
  table_in_use(streams, fmt::format("the table of {}s", to_string(streams.kind)), t_ps);
  for (const QueueMemory& queue : queues_in_use(shadows_->registers, f.smmu)) {
    serves(
        queue.base, queue.base + queue.bytes - 1, tables_ps_[queue.base], t_ps,
        [] { return std::optional<u64>{}; }, [&] { return fmt::format("the {}", to_string(queue.kind)); });
  }
}

void PageReuse::table_in_use(const TableLayout& table, const std::string& what, u64 t_ps) {
  serves(
      table.base, table.end() - 1, tables_ps_[table.base], t_ps, [] { return std::optional<u64>{}; },
      [&] { return what; });
}

}  // namespace smmu_vp::tb
