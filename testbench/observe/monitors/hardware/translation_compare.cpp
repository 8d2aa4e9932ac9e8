// Whether memory still grants an entry. Rights that grew, the Access flag, dirty state and software's own bits take
// nothing away, so they are no difference here; memory attributes are one only when the judge is strict.
#include <algorithm>

#include "testbench/observe/monitors/hardware/translation_shadow.h"

namespace smmu_vp::tb {

namespace {

bool has_tags(const Regime& regime, const CachedEntry& e) {
  if (e.kind == CachedKind::kDevice) return true;  // by PASID, through whatever context that selects
  return e.tags.world == regime.world && e.tags.vmid == regime.vmid && e.tags.of_ipa == !regime.stage1 &&
         (!regime.stage1 || e.tags.context == regime.asid) &&
         (e.tags.of_ipa || e.stage2_root.has_value() == regime.stage2);
}

u64 root_of(const Regime& regime, u64 address) {
  if (!regime.stage1) return regime.stage2_tables.base;
  const std::optional<StageTables>& tables = regime.stage1_tables[Regime::half_of(address)];
  return tables ? tables->base : 0;
}

bool same_roots(const Regime& regime, const CachedEntry& e) {
  return root_of(regime, e.first) == e.root &&
         (!e.stage2_root || *e.stage2_root == regime.stage2_tables.base);
}

}  // namespace

bool TranslationShadow::unchanged(const CachedEntry& e) const {
  return !e.links.empty() && std::all_of(e.links.begin(), e.links.end(), [&](const Link& link) {
    return memory_.word(link.pa) == link.value;
  });
}

// By the walk in now_.
bool TranslationShadow::grants(const Regime& regime, const CachedEntry& e) {
  if (e.kind == CachedKind::kTable) {
    const u8 stage = e.tags.of_ipa ? 2 : 1;
    const auto at = std::find_if(now_.links.begin(), now_.links.end(), [&](const Link& link) {
      return !link.leaf && link.stage == stage && link.level == e.level;
    });
    if (at == now_.links.end() || spec::vmsa::Valid.get(at->value) == 0 ||
        next_table(at->value, e.granule) != e.next_table ||
        (table_restrictions(at->value) & ~e.restrictions) != 0)
      return false;
    if (stage == 2 || !regime.stage2) return true;
    // And stage 2 has the next table where it was: its first descriptor is the next that is read.
    const auto next =
        std::find_if(at + 1, now_.links.end(), [](const Link& link) { return link.stage == 1; });
    return next != now_.links.end() && next->pa >> e.table_log2 == e.output >> e.table_log2;
  }
  if (!now_.valid || now_.output != e.output) return false;
  if (e.kind == CachedKind::kDevice) {
    const bool reads =
        (e.rights & rights::kReads) == 0 || (now_.rights & (rights::kReads | rights::kExecutes)) != 0;
    const bool writes = (e.rights & rights::kWrites) == 0 || (now_.rights & rights::kWrites) != 0;
    return reads && writes && grants_all(regime, e);
  }
  if ((e.rights & ~now_.rights) != 0) return false;
  if (machine_.strict && now_.memory_type != e.memory_type) return false;
  return grants_all(regime, e);
}

// What was one leaf may be many by now: each of them has to lead where the one did.
bool TranslationShadow::grants_all(const Regime& regime, const CachedEntry& e) {
  if (now_.log2_size >= e.log2_size) return true;
  constexpr u64 kMost = 512;  // of the pieces looked at
  const u64 pieces = std::min(kMost, u64{1} << (e.log2_size - now_.log2_size));
  const u64 step = u64{1} << (e.log2_size - (63 - static_cast<unsigned>(__builtin_clzll(pieces))));
  Outcome piece;
  for (u64 offset = step; offset < pieces * step; offset += step) {
    walk(regime, {e.first + offset, e.kind == CachedKind::kDevice && regime.ats_answers_ipa}, memory_, piece);
    if (!piece.valid || piece.output != e.output + offset) return false;
    if (e.kind == CachedKind::kTranslation && (e.rights & ~piece.rights) != 0) return false;
  }
  return true;
}

bool TranslationShadow::granted_by(const Regime& regime, CachedEntry& e, u64 t_ps) {
  const bool same_root = same_roots(regime, e);
  if (same_root && unchanged(e)) return true;
  const bool to_ipa = e.kind == CachedKind::kDevice && regime.ats_answers_ipa;
  walk(regime, {e.first, to_ipa}, memory_, now_);
  const bool granted = grants(regime, e);
  if (same_root && now_.valid && e.kind == CachedKind::kTranslation && !e.rewritten) {
    const bool otherwise = now_.output != e.output || now_.leaf_log2_size != e.leaf_log2_size ||
                           now_.memory_type != e.memory_type || (now_.global && !e.global);
    if (otherwise && !e.links.empty()) {
      e.rewritten = true;
      for (const OnRewrite& f : rewritten_) f(e, now_, t_ps);
    }
  }
  if (granted && e.kind != CachedKind::kTable) {
    e.links = now_.links;
    e.root = root_of(regime, e.first);
  }
  return granted;
}

void TranslationShadow::compare(Id id, u64 t_ps) {
  CachedEntry& e = table_[id];
  ++comparisons_;
  bool rooted = e.kind == CachedKind::kDevice, granted = false;
  for (const u32 number : e.requesters) {
    const Regime* const regime = e.tags.of_ipa ? requesters_.stage2_now(number) : requesters_.now(number);
    if (regime == nullptr || !has_tags(*regime, e)) continue;
    rooted = true;
    granted = granted_by(*regime, e, t_ps);
    if (granted) break;
  }
  if (granted) {
    e.unrooted = false;
    if (!e.change) return;
    clear_stale(id);
    e.change.reset();
    e.uses = 0;
    tell(restored_, e, t_ps);
    return;
  }
  // What no context has the tags of is matched by nobody; it matters again when they come back.
  e.unrooted |= !rooted;
  any_unrooted_ |= !rooted;
  if (!rooted || e.change) return;
  MemoryChange change = change_of(e);
  change.seen_ps = t_ps;
  set_stale(id, change);
  tell(changed_, e, t_ps);
}

// With fewer rights, perhaps.
bool TranslationShadow::leads_there_still(const CachedEntry& e) {
  return std::any_of(e.requesters.begin(), e.requesters.end(), [&](u32 number) {
    const Regime* const regime = e.tags.of_ipa ? requesters_.stage2_now(number) : requesters_.now(number);
    if (regime == nullptr || !has_tags(*regime, e)) return false;
    return maps(*regime, e.first, e.kind == CachedKind::kDevice && regime->ats_answers_ipa, e.output);
  });
}

bool TranslationShadow::maps(const Regime& regime, u64 address, bool to_ipa, u64 output) {
  walk(regime, {address, to_ipa}, memory_, now_);
  return now_.valid && now_.output == output;
}

bool TranslationShadow::leads_there(const trace::Translated& f, u64 address) {
  const Regime* const regime = requesters_.now(requesters_.number_of(f.who, f.smmu));
  return regime != nullptr && maps(*regime, address, false, f.pa);
}

bool TranslationShadow::mapped_elsewhere(const CachedEntry& e) {
  for (u32 number = 0; number < requesters_.count(); ++number) {
    if (number == e.requesters.front()) continue;
    const Regime* const regime = requesters_.now(number);
    if (regime == nullptr || same_roots(*regime, e) || regime->stage1 == e.root_of_stage2_alone().has_value())
      continue;
    if (maps(*regime, e.first, false, e.output)) return true;
  }
  return false;
}

MemoryChange TranslationShadow::change_of(const CachedEntry& e) const {
  const u32 number = e.requesters.front();
  for (const Link& link : e.links) {
    const u64 after = memory_.word(link.pa).value_or(0);
    if (after != link.value)
      return {.stage = link.stage, .level = link.level, .pa = link.pa, .before = link.value, .after = after};
  }
  return requesters_.changed_structure(number).value_or(
      MemoryChange{.where = MemoryChange::Where::kContext, .before = e.root});
}

}  // namespace smmu_vp::tb
