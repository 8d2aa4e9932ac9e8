// When an entry comes: with each walk that found something, and with each translation that a device is told.
#include <algorithm>

#include "testbench/observe/monitors/hardware/translation_shadow.h"
#include "testbench/observe/monitors/shadows.h"

namespace smmu_vp::tb {

namespace {

// With the tables that the walk really began at, should the context have been written since.
Regime with_roots(const Regime& regime, const trace::Walked& f) {
  Regime out = regime;
  std::optional<StageTables>& tables = out.stage1_tables[Regime::half_of(f.address)];
  if (f.ttb && tables) tables->base = *f.ttb;
  if (f.s2ttb) out.stage2_tables.base = *f.s2ttb;
  return out;
}

}  // namespace

// Into seen_outcome_. Leaves are taken as hardware has updated them since it read them: the Access flag and dirty state
// are its own (3.13).
void TranslationShadow::as_the_hardware_saw(const Regime& regime, const WalkAsked& asked) {
  namespace vmsa = spec::vmsa;
  walk(regime, asked, seen_, seen_outcome_);
  bool updated = false;
  for (const Link& link : seen_outcome_.links) {
    if (!link.leaf) continue;
    const u64 now = memory_.word(link.pa).value_or(link.value);
    if (now == link.value || ((now ^ link.value) & ~(vmsa::AF.mask() | vmsa::AP.mask())) != 0) continue;
    seen_.saw(link.pa, now);
    updated = true;
  }
  if (updated) walk(regime, asked, seen_, seen_outcome_);
}

void TranslationShadow::on_walked(const trace::Walked& f, u64 t_ps) {
  look_round(t_ps);
  const Flight* const flight = flights_.find(transaction_key(f));
  if (flight == nullptr) return;
  const u32 requester = requesters_.number_of(flight->who, f.smmu);
  const Regime* const regime = requesters_.fetched(requester);
  if (regime == nullptr) return;

  CachedEntry entry;
  entry.tags = {.world = f.world,
                .smmu = f.smmu,
                .of_ipa = !f.ttb.has_value(),
                .vmid = f.vmid,
                .context = f.world == World::kNsEl2 ? 0 : f.asid};
  entry.first = block_of(f.address, f.log2_size);
  entry.log2_size = f.log2_size;
  entry.leaf_log2_size = f.leaf_log2_size;
  entry.output = block_of(f.pa, f.log2_size);
  entry.aset = regime->aset;
  entry.root = f.ttb.value_or(f.s2ttb.value_or(0));
  if (f.ttb) entry.stage2_root = f.s2ttb;
  entry.requesters = {requester};

  as_the_hardware_saw(with_roots(*regime, f), {.address = entry.first});
  const Outcome& seen = seen_outcome_;
  if (seen.valid) {
    entry.level = seen.leaf_level;
    entry.granule = seen.granule;
    entry.global = seen.global;
    entry.no_conflict = seen.no_conflict;
    entry.contiguous = seen.contiguous;
    entry.memory_type = seen.memory_type;
  }
  if (seen.valid && seen.output == entry.output) {
    entry.links = seen.links;
    entry.rights = seen.clean ? seen.rights & ~rights::kWrites : seen.rights;
  }
  const WalkInFlight* const began = walks_.find(transaction_key(f));
  const u64 walk_began = began == nullptr ? invalidations_ : began->invalidations;
  const std::vector<u64> ipas = seen.ipas;
  const Regime as_walked = with_roots(*regime, f);
  fill_tables(entry, as_walked, walk_began, t_ps);
  if (as_walked.stage1 && as_walked.stage2) fill_on_the_way(entry, as_walked, ipas, walk_began, t_ps);
  fill(std::move(entry), walk_began, t_ps);
}

void TranslationShadow::on_granted(const trace::AtsGranted& f, u64 t_ps) {
  const spec::AtsTranslation& t = f.translation;
  if (t.untranslated_only || (!t.read && !t.write)) return;  // nothing that an ATC keeps
  const u32 requester = requesters_.number_of(f.who, f.smmu);
  const Regime* const regime = requesters_.fetched(requester);
  if (regime == nullptr) return;
  CachedEntry entry;
  entry.kind = CachedKind::kDevice;
  entry.tags = {.world = World::kAtc, .context = f.who.pasid.value_or(kNoPasid), .sid = f.who.sid};
  entry.first = block_of(f.va, t.log2_size);
  entry.log2_size = entry.leaf_log2_size = t.log2_size;
  entry.output = block_of(t.address, t.log2_size);
  entry.rights = static_cast<u8>((t.read ? rights::kReads : 0) | (t.write ? rights::kWrites : 0));
  const std::optional<StageTables>& tables = regime->stage1_tables[Regime::half_of(entry.first)];
  entry.root = !regime->stage1 ? regime->stage2_tables.base : tables ? tables->base : 0;
  if (regime->stage2) entry.stage2_root = regime->stage2_tables.base;
  // A context that walks no table by now is answered from the TLB (5.4 EPD0): the table is that of the TLB's entry.
  const bool from_tlb = entry.root == 0 && regime->stage1;
  if (from_tlb)
    table_.at(tags_of(*regime, f.smmu), entry.first, [&](Id id) {
      if (table_[id].kind == CachedKind::kTranslation) entry.root = table_[id].root;
    });
  entry.requesters = {requester};
  as_the_hardware_saw(*regime, {.address = entry.first, .to_ipa = regime->ats_answers_ipa});
  if (seen_outcome_.valid && seen_outcome_.output == entry.output) entry.links = seen_outcome_.links;
  fill(std::move(entry), invalidations_, t_ps);
}

void TranslationShadow::fill(CachedEntry entry, u64 walk_began, u64 t_ps) {
  // An invalidation that the walk was overtaken by removes what the walk finds too (3.21.1).
  const Begun* overtaken_by = nullptr;
  for (const Begun& b : begun_) {
    if (b.number <= walk_began || !b.scope.covers(entry)) continue;
    if (b.complete) return;
    if (overtaken_by == nullptr) overtaken_by = &b;
  }
  found_.clear();
  table_.at(entry.tags, entry.first, [&](Id id) {
    if (table_[id].kind == entry.kind) found_.push_back(id);
  });
  for (const Id id : found_) {
    CachedEntry& e = table_[id];
    if (e.leaving != Leaving::kNo) continue;
    const bool same = e.log2_size == entry.log2_size && e.leaf_log2_size == entry.leaf_log2_size &&
                      e.level == entry.level && e.output == entry.output && e.root == entry.root && !e.change;
    if (same && !entry.links.empty() && overtaken_by == nullptr) {
      e.rights |= entry.rights;
      e.links = std::move(entry.links);
      const u32 who = entry.requesters.front();
      if (std::find(e.requesters.begin(), e.requesters.end(), who) == e.requesters.end())
        e.requesters.push_back(who);
      e.unrooted = false;  // found again, perhaps by another who shares the tags
      return;
    }
    compare(id, t_ps);
  }
  entry.filled_ps = t_ps;
  const Id id = table_.add(std::move(entry));
  if (overtaken_by != nullptr) {
    table_[id].leaving = overtaken_by->how;
    table_[id].leaving_since = overtaken_by->number;
    leaving_.push_back(id);
  }
  tell(filled_, table_[id], t_ps);
}

}  // namespace smmu_vp::tb
