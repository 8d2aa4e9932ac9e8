// Which tables the SMMU can reach, and what they held when they came into its reach: what is changed there later is
// then known to have changed, fetched or not.
#include <algorithm>

#include "testbench/observe/monitors/hardware/config_shadow.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

namespace {

// Reading a table takes time: of longer ones, and of more, each entry is known from when it is first used.
constexpr u64 kMostEntries = 4096;
constexpr std::size_t kMostTables = 256;

bool zero(const Words& words) {
  return std::all_of(words.begin(), words.end(), [](u64 w) { return w == 0; });
}

StructureId entry_id(const StructureId& first, u64 index) {
  StructureId id = first;
  (is_of_cds(id.kind) ? id.ssid : id.sid) += static_cast<u32>(index << id.log2_ids);
  return id;
}

// Of the table from `first` on, the index of `id`, which is of the same kind; nothing when it is not in it.
std::optional<u64> index_in(const StructureId& first, const TableLayout& table, const StructureId& id) {
  const bool cds = is_of_cds(id.kind);
  if (id.smmu != first.smmu || id.kind != first.kind || (cds && id.sid != first.sid)) return std::nullopt;
  const u64 from = cds ? first.ssid : first.sid, at = cds ? id.ssid : id.sid;
  if (at < from || (at - from) >> table.log2_ids >= table.entries) return std::nullopt;
  return (at - from) >> table.log2_ids;
}

struct IndexRange {
  u64 first = 0, end = 0;
};
// The entries of a table that a command names.
IndexRange indices(const StructureId& first, const TableLayout& table, const CfgiScope& scope) {
  const bool cds = is_of_cds(first.kind);
  if (first.smmu != scope.smmu) return {};
  if (cds && (first.sid < scope.first_sid || first.sid > scope.last_sid)) return {};
  const u64 from = cds ? first.ssid : first.sid;
  const u64 low = cds ? scope.ssid.value_or(0) : scope.first_sid;
  const u64 high = cds ? scope.ssid.value_or(spec::kSubstreamMask) : scope.last_sid;
  if (high < from) return {};
  return {low < from ? 0 : (low - from) >> table.log2_ids,
          std::min(table.entries, ((high - from) >> table.log2_ids) + 1)};
}

}  // namespace

ConfigShadow::Entry& ConfigShadow::at(const StructureId& id) {
  const auto [found, created] = entries_.try_emplace(id);
  if (!created) return found->second;
  auto table = tables_.upper_bound(id);
  if (table == tables_.begin()) return found->second;
  --table;
  if (const auto index = index_in(table->first, table->second, id)) {
    const StructureState zeros{true, table->second.base + *index * table->second.entry_bytes(), {}};
    add_state(found->second, zeros, 0, false);
  }
  return found->second;
}

std::optional<StructureId> ConfigShadow::structure_at(u64 pa) const {
  for (const auto& [first, table] : tables_) {
    if (pa >= table.base && pa < table.end()) return entry_id(first, (pa - table.base) / table.entry_bytes());
  }
  return std::nullopt;
}

// Software that enables the SMMU has made the stream table and whatever it leads to before (3.21.3).
void ConfigShadow::register_written(const trace::RegisterWrite& f, u64 t_ps) {
  if (f.offset != spec::offset::CR0 || lookup_.enabled(f.smmu) == enabled_.contains(f.smmu)) return;
  if (lookup_.enabled(f.smmu)) {
    enabled_.insert(f.smmu);
    const TableLayout table = lookup_.streams(f.smmu);
    return scan({.smmu = f.smmu, .kind = table.kind, .log2_ids = table.log2_ids}, table, t_ps);
  }
  enabled_.erase(f.smmu);
  std::erase_if(tables_, [&](const auto& t) { return t.first.smmu == f.smmu; });
  for (auto& [id, entry] : entries_) {
    if (id.smmu != f.smmu) continue;
    for (CachedStructure& s : entry.states) {
      s.difference.reset();
      if (s.fetched) continue;
      for (const OnCached& removed : on_removed_) removed(id, s, t_ps);
    }
    std::erase_if(entry.states, [](const CachedStructure& s) { return !s.fetched; });
  }
  std::erase_if(entries_, [](const auto& e) { return e.second.states.empty(); });
}

void ConfigShadow::scan(const StructureId& first, const TableLayout& table, u64 t_ps) {
  const auto known = tables_.find(first);
  if (known != tables_.end() && known->second.base == table.base) return;
  if (table.entries > kMostEntries || tables_.size() >= kMostTables) return;
  tables_.erase(first);
  for (u64 i = 0; i < table.entries; ++i) {
    const u64 pa = table.base + i * table.entry_bytes();
    const std::optional<Words> words = lookup_.read(table.kind, pa);
    if (!words) return;
    if (zero(*words)) continue;
    const StructureId id = entry_id(first, i);
    if (Entry& entry = entries_[id]; entry.states.empty()) add_state(entry, {true, pa, *words}, t_ps, false);
    follow(id, *words, t_ps);
  }
  tables_[first] = table;
}

// Entries that were zero and are not any more become known before a command makes them current.
void ConfigShadow::rescan(const CfgiScope& scope) {
  for (const auto& [first, table] : tables_) {
    const IndexRange range = indices(first, table, scope);
    for (u64 i = range.first; i < range.end; ++i) {
      const StructureId id = entry_id(first, i);
      if (entries_.contains(id)) continue;
      const std::optional<Words> words = lookup_.read(table.kind, table.base + i * table.entry_bytes());
      if (words && !zero(*words)) at(id);
    }
  }
  // And one that is in no known table.
  if (scope.first_sid != scope.last_sid) return;
  StructureId named{.smmu = scope.smmu, .kind = Structure::kSte, .sid = scope.first_sid};
  if (scope.ssid) named.kind = Structure::kCd, named.ssid = *scope.ssid;
  const std::optional<StructureState> state = lookup_.find(named);
  if (scope.covers(named) && state && state->reachable && !zero(state->words)) at(named);
}

void ConfigShadow::follow(const StructureId& id, const Words& words, u64 t_ps) {
  std::optional<TableLayout> table;
  StructureId first = id;
  switch (id.kind) {
    case Structure::kL1Std:
      table = leaf_of_l1std(words[0], id.log2_ids);
      break;
    case Structure::kSte:
      if (spec::ste::ConfigS2.get(words) == 0) table = cd_table(words);
      break;
    case Structure::kL1Cd:
      table = leaf_of_l1cd(words[0], id.log2_ids);
      break;
    case Structure::kCd:
      break;
  }
  if (!table) return;
  first.kind = table->kind;
  first.log2_ids = table->log2_ids;
  scan(first, *table, t_ps);
}

void ConfigShadow::forget_tables(u8 smmu) {
  std::erase_if(tables_, [&](const auto& t) {
    if (t.first.smmu != smmu) return false;
    const std::optional<StructureState> now = lookup_.find(t.first);
    return now && now->pa != t.second.base;
  });
}

}  // namespace smmu_vp::tb
