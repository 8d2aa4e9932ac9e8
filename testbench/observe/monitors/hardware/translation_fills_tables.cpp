// What a walk leaves beside the translation itself: the table descriptors on its way, and what stage 2 said of the IPAs.
#include "testbench/observe/monitors/hardware/translation_shadow.h"
#include "testbench/observe/monitors/shadows.h"

namespace smmu_vp::tb {

// A walk that faults has found the tables down to there (3.21.1).
void TranslationShadow::on_fault(const trace::WalkEnd& f, u64 t_ps) {
  const WalkInFlight* const began = walks_.find(transaction_key(f));
  const Flight* const flight = flights_.find(transaction_key(f));
  if (began == nullptr || flight == nullptr) return;
  const u32 requester = requesters_.number_of(flight->who, f.smmu);
  const Regime* const regime = requesters_.fetched(requester);
  if (regime == nullptr) return;
  const std::optional<StageTables> tables =
      regime->stage1 ? regime->stage1_tables[Regime::half_of(began->address)] : regime->stage2_tables;
  if (!tables || tables->base != began->table) return;  // the context has been written since
  as_the_hardware_saw(*regime, {.address = began->address});
  CachedEntry found;
  found.tags = tags_of(*regime, f.smmu);
  found.first = began->address;
  found.granule = tables->granule;
  found.aset = regime->aset;
  found.root = tables->base;
  if (regime->stage1 && regime->stage2) found.stage2_root = regime->stage2_tables.base;
  found.requesters = {requester};
  found.links = seen_outcome_.links;
  if (!found.links.empty() && spec::vmsa::Valid.get(found.links.back().value) == 0) found.links.pop_back();
  const std::vector<u64> ipas = seen_outcome_.ipas;
  fill_tables(found, *regime, began->invalidations, t_ps);
  if (regime->stage1 && regime->stage2) fill_on_the_way(found, *regime, ipas, began->invalidations, t_ps);
}

// What stage 2 said of the IPAs that a walk of stage 1 went through may be cached by itself: commands of stage 1 leave
// it (4.4.3.1).
void TranslationShadow::fill_on_the_way(const CachedEntry& translation, Regime regime,
                                        const std::vector<u64>& ipas, u64 walk_began, u64 t_ps) {
  regime.stage1 = false;
  for (const u64 ipa : ipas) {
    as_the_hardware_saw(regime, {.address = ipa});
    const Outcome& seen = seen_outcome_;
    if (!seen.valid) continue;
    CachedEntry entry;
    entry.tags = {
        .world = translation.tags.world, .smmu = translation.tags.smmu, .of_ipa = true, .vmid = regime.vmid};
    entry.first = block_of(ipa, seen.log2_size);
    entry.log2_size = entry.leaf_log2_size = seen.log2_size;
    entry.output = block_of(seen.output, seen.log2_size);
    entry.level = seen.leaf_level;
    entry.granule = seen.granule;
    entry.no_conflict = seen.no_conflict;
    entry.contiguous = seen.contiguous;
    entry.memory_type = seen.memory_type;
    entry.rights = seen.clean ? seen.rights & ~rights::kWrites : seen.rights;
    entry.root = regime.stage2_tables.base;
    entry.on_the_way = true;
    entry.requesters = translation.requesters;
    entry.links = seen.links;
    fill_tables(entry, regime, walk_began, t_ps);
    if (!owed_already(entry)) fill(std::move(entry), walk_began, t_ps);
  }
}

// Whether the same is known to be cached and to need an invalidation.
bool TranslationShadow::owed_already(const CachedEntry& entry) const {
  bool owed = false;
  table_.at(entry.tags, entry.first, [&](Id id) {
    const CachedEntry& e = table_[id];
    owed |= e.kind == entry.kind && e.first == entry.first && e.log2_size == entry.log2_size &&
            e.output == entry.output && e.root == entry.root && e.change && e.leaving == Leaving::kNo;
  });
  return owed;
}

// Table descriptors on the way, which a walk cache may keep (3.21.1). Under stage 2 one of stage 1 leads to where stage 2
// maps the next table, of whose memory no more than the smallest granule is sure to be in one piece.
void TranslationShadow::fill_tables(const CachedEntry& translation, const Regime& regime, u64 walk_began,
                                    u64 t_ps) {
  const u8 stage = translation.tags.of_ipa ? 2 : 1;
  const bool mapped = stage == 1 && regime.stage2;
  Regime alone = regime;
  alone.stage1 = false;
  for (std::size_t i = 0; i < translation.links.size(); ++i) {
    const Link& link = translation.links[i];
    if (link.leaf || link.stage != stage) continue;
    CachedEntry table;
    table.kind = CachedKind::kTable;
    table.tags = translation.tags;
    table.granule = translation.granule;
    table.level = link.level;
    table.log2_size = table.leaf_log2_size =
        static_cast<u8>(spec::vmsa::level_shift(translation.granule, link.level));
    table.first = block_of(translation.first, table.log2_size);
    table.output = table.next_table = next_table(link.value, translation.granule);
    table.table_log2 = static_cast<u8>(spec::vmsa::page_shift(translation.granule));
    std::size_t end = i + 1;
    if (mapped) {
      walk(alone, {.address = table.next_table}, seen_, seen_outcome_);
      if (!seen_outcome_.valid) continue;
      table.table_log2 = 12;
      table.output = block_of(seen_outcome_.output, table.table_log2);
      while (end < translation.links.size() && translation.links[end].stage == 2) ++end;
    }
    table.restrictions = table_restrictions(link.value);
    bool known = false;
    table_.at(table.tags, table.first, [&](Id id) {
      const CachedEntry& e = table_[id];
      known |= e.kind == CachedKind::kTable && e.level == table.level && e.output == table.output &&
               e.restrictions == table.restrictions && e.root == translation.root &&
               e.leaving == Leaving::kNo && !e.change &&
               e.requesters.front() == translation.requesters.front();
    });
    if (known) continue;
    table.aset = translation.aset;
    table.root = translation.root;
    table.stage2_root = translation.stage2_root;
    table.requesters = translation.requesters;
    table.links.assign(translation.links.begin(),
                       translation.links.begin() + static_cast<std::ptrdiff_t>(end));
    fill(std::move(table), walk_began, t_ps);
  }
}

}  // namespace smmu_vp::tb
