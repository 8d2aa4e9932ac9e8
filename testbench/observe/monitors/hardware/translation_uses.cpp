// Which entries an access has used.
#include "testbench/observe/monitors/hardware/translation_shadow.h"

namespace smmu_vp::tb {

namespace {

// Bits [63:56] of a VA count with TBI only as the table's half says (3.4.1).
u64 canonical(u64 va) {
  constexpr u64 kTop = u64{0xFF} << 56;
  return (va >> 55 & 1) != 0 ? va | kTop : va & ~kTop;
}

}  // namespace

void TranslationShadow::listen_to_accesses(trace::Bus& bus) {
  bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) { on_translated(f, t_ps); });
  bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite&, u64 t_ps) { look_round(t_ps); });
}

void TranslationShadow::on_translated(const trace::Translated& f, u64 t_ps) {
  look_round(t_ps);
  if (f.kind == spec::pcie::At::kTranslated) {
    for (const Id id : stale_) {
      CachedEntry& e = table_[id];
      if (e.kind != CachedKind::kDevice || e.tags.sid != f.who.sid || f.pa < e.output ||
          f.pa > e.output_last())
        continue;
      ++e.uses;
      tell(used_, e, t_ps);
    }
    return;
  }
  const Regime* const regime = requesters_.fetched(requesters_.number_of(f.who, f.smmu));
  if (regime == nullptr) return;
  const TranslationTags tags{.world = regime->world,
                             .smmu = f.smmu,
                             .of_ipa = !regime->stage1,
                             .vmid = regime->vmid,
                             .context = f.asid};
  const u64 address = regime->stage1 ? canonical(f.va) : f.va;
  found_.clear();
  table_.at(tags, address, [&](Id id) {
    const CachedEntry& e = table_[id];
    if (e.kind == CachedKind::kTranslation && e.output + (address - e.first) == f.pa) found_.push_back(id);
  });
  if (found_.empty()) {
    for (const OnUnknown& tell_of : unknown_) tell_of(f, tags, address, t_ps);
  }
  for (const Id id : found_) {
    CachedEntry& e = table_[id];
    // Its leaf alone, which is what changes most; the rest is compared in turn.
    const bool same = !e.links.empty() && memory_.word(e.links.back().pa) == e.links.back().value;
    if (!same) compare(id, t_ps);
    if (!e.change) continue;
    ++e.uses;
    tell(used_, e, t_ps);
  }
}

}  // namespace smmu_vp::tb
