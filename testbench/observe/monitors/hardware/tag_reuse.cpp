// tag_reuse. The rule (3.17): an ASID, VMID or PASID means one address space at a time. It gets another one when
// nothing of the former can be cached any more: until then a lookup may hit the wrong one. That the new space is not
// used yet is no violation, so a context may be rewritten first, if it is invalidated before it is used. A regime without
// ASIDs has one address space.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/translation_text.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "tag_reuse",
    .description = "an ASID, VMID or PASID means one address space at a time",
    .rule =
        "No two contexts in use have one ASID and VMID over two tables. When a translation is made through a "
        "table, no usable translation has its ASID and VMID (or, in a "
        "device, its "
        "PASID) and comes from another table; and none of a former use of the tags that memory does not "
        "grant is left "
        "when they come back.",
    .section = "3.17, 3.21.1",
    .witness = Witness::kMachine,
    .facts = "memory; smmu.walk_begin, smmu.command, smmu.sync_end, smmu.atc_inv_done",
    .finds =
        "an ASID freed without CMD_TLBI_NH_ASID; TTB0 switched under one ASID; a PASID rebound without "
        "ATC_INV",
};

class TagReuse final : public Monitor {
 public:
  TagReuse(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)), cached_(shadows_->translations) {
    cached_.on_filled([this](const CachedEntry& e, u64 t_ps) { on_filled(e, t_ps); });
    cached_.on_changed([this](const CachedEntry& e, u64 t_ps) { on_changed(e, t_ps); });
    bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64 t_ps) {
      if (f.structure == spec::Structure::kCd) on_context(f, t_ps);
    });
  }

 private:
  using Space = std::pair<TranslationTags, unsigned>;  // and the half of it
  struct Roots {
    u64 root = 0;
    std::optional<u64> stage2;
    bool operator==(const Roots&) const = default;
  };
  static Roots roots_of(const CachedEntry& e) { return {e.root, e.stage2_root}; }
  static Roots roots_of(const Regime& regime, unsigned half) {
    return {.root = regime.stage1_tables[half] ? regime.stage1_tables[half]->base : 0,
            .stage2 = regime.stage2 ? std::optional(regime.stage2_tables.base) : std::nullopt};
  }

  // Two contexts with one ASID: a lookup for the one may hit what the other has cached, so that the second may never
  // be walked at all.
  void on_context(const trace::ConfigFetched& f, u64 t_ps) {
    const u32 number = cached_.requesters().number_of(f.who, f.smmu);
    const Regime* const regime = cached_.requesters().fetched(number);
    if (regime == nullptr || !regime->stage1) return;
    for (unsigned half = 0; half < 2; ++half) {
      if (!regime->stage1_tables[half]) continue;
      judge();
      const TranslationTags tags{
          .world = regime->world, .smmu = f.smmu, .vmid = regime->vmid, .context = regime->asid};
      const Roots roots = roots_of(*regime, half);
      const auto [known, first] = contexts_.try_emplace(Space{tags, half}, number);
      const u32 other = std::exchange(known->second, number);
      if (first || other == number) continue;
      const Regime* const live = cached_.requesters().now(other);
      if (live == nullptr || live->world != tags.world || live->vmid != tags.vmid ||
          live->asid != tags.context || !live->stage1_tables[half] || roots_of(*live, half) == roots)
        continue;
      report(
          t_ps,
          fmt::format(
              "ASID {} of VMID {} is of two address spaces: {} has the table at {:#x}, and {} the table at "
              "{:#x}",
              regime->asid, regime->vmid, text_of(cached_.requesters().who(other)),
              roots_of(*live, half).root, text_of(f.who), roots.root),
          {.sid = f.who.sid, .pasid = f.who.pasid});
    }
  }

  void on_filled(const CachedEntry& fresh, u64 t_ps) {
    if (fresh.kind == CachedKind::kTable) return;
    judge();
    const unsigned half = Regime::half_of(fresh.first);
    const auto [known, first] = roots_.try_emplace(Space{fresh.tags, half}, roots_of(fresh));
    if (first || known->second == roots_of(fresh)) return;
    known->second = roots_of(fresh);
    for (const CachedEntry::Id id : cached_.table().members(fresh.tags)) {
      const CachedEntry& e = cached_.table()[id];
      if (e.kind == CachedKind::kTable || roots_of(e) == roots_of(fresh) || Regime::half_of(e.first) != half)
        continue;
      const spec::Requester& who = cached_.requester_of(e);
      report(t_ps,
             fmt::format(
                 "{} is used with the table at {:#x} for {} while {}, made through the table at {:#x}: {} is "
                 "not complete",
                 tag_text(fresh), fresh.root, text_of(cached_.requester_of(fresh)), holder_text(e, who),
                 e.root, flush_text(e)),
             subject_of(e, who));
      return;
    }
  }

  // What had been left behind when its tags were given up is usable again.
  void on_changed(const CachedEntry& e, u64 t_ps) {
    if (!e.unrooted) return;
    const Space space{e.tags, Regime::half_of(e.first)};
    if (!reported_.insert({space, e.filled_ps}).second) return;
    const spec::Requester& who = cached_.requester_of(e);
    report(t_ps,
           fmt::format("{} came back into use while {}, of a former use: {} is missing", tag_text(e),
                       holder_text(e, who), flush_text(e)),
           subject_of(e, who));
  }

  static std::string tag_text(const CachedEntry& e) {
    switch (e.tags.world) {
      case World::kAtc:
        return e.tags.context == kNoPasid
                   ? fmt::format("StreamID {:#x} without a PASID", e.tags.sid)
                   : fmt::format("PASID {} of StreamID {:#x}", e.tags.context, e.tags.sid);
      case World::kNsEl1:
        return e.tags.of_ipa ? fmt::format("VMID {}", e.tags.vmid)
                             : fmt::format("ASID {} of VMID {}", e.tags.context, e.tags.vmid);
      case World::kNsEl2E2h:
        return fmt::format("ASID {} of NS-EL2-E2H", e.tags.context);
      case World::kNsEl2:
        break;
    }
    return "NS-EL2, which has no ASIDs,";
  }

  static std::string flush_text(const CachedEntry& e) {
    switch (e.tags.world) {
      case World::kAtc:
        return "CMD_ATC_INV of all of it";
      case World::kNsEl1:
        return e.tags.of_ipa ? fmt::format("CMD_TLBI_S12_VMALL(VMID {})", e.tags.vmid)
                             : fmt::format("CMD_TLBI_NH_ASID(VMID {}, ASID {})", e.tags.vmid, e.tags.context);
      case World::kNsEl2E2h:
        return fmt::format("CMD_TLBI_EL2_ASID(ASID {})", e.tags.context);
      case World::kNsEl2:
        break;
    }
    return "CMD_TLBI_EL2_ALL";
  }

  SharedShadows shadows_;
  TranslationShadow& cached_;
  std::map<Space, Roots> roots_;   // that were used last
  std::map<Space, u32> contexts_;  // the number of the requester whose CD was fetched last
  std::set<std::pair<Space, u64>> reported_;
};

}  // namespace

MonitorEntry monitors::tag_reuse() {
  return entry_of<TagReuse>(kInfo);
}

}  // namespace smmu_vp::tb
