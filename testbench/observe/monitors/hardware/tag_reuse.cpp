// tag_reuse. The rule (3.17): an ASID, VMID or PASID means one address space at a time. It gets another one when
// nothing of the former can be cached any more: until then a lookup may hit the wrong one. That the new space is not
// used yet is no violation, so a context may be rewritten first, if it is invalidated before it is used. A regime without
// ASIDs has one address space. A VMID has one stage 2, or none for all of its streams (3.17, 3.17.6).
#include <fmt/format.h>

#include <map>
#include <utility>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/translation_text.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "tag_reuse",
    .description = "an ASID, VMID or PASID means one address space at a time",
    .rule =
        "No two contexts in use have one ASID and VMID over two tables, and no two streams in use one VMID "
        "over two stage 2 tables, or over one and none. When a translation is made through a "
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
        "ATC_INV; two VMs with one VMID",
};

class TagReuse final : public Monitor {
 public:
  TagReuse(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)), cached_(shadows_->translations) {
    cached_.on_filled([this](const CachedEntry& e, u64 t_ps) { on_filled(e, t_ps); });
    cached_.on_changed([this](const CachedEntry& e, u64 t_ps) { on_changed(e, t_ps); });
    bus.on<trace::ConfigFetched>([this](const trace::ConfigFetched& f, u64 t_ps) {
      if (f.structure == spec::Structure::kCd) on_context(f, t_ps);
      if (f.structure == spec::Structure::kSte) on_stream(f, t_ps);
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
      const TranslationTags tags = tags_of(*regime, f.smmu);
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

  // The VMID that an STE's translations are tagged with, and its stage 2 if it has one; nothing without a VMID.
  struct Tagged {
    u16 vmid;
    std::optional<u64> root;
  };
  std::optional<Tagged> tagged(const spec::Ste& s) const {
    namespace ste = spec::ste;
    if (ste::V.get(s.w) == 0 || ste::ConfigPass.get(s.w) == 0) return std::nullopt;
    const bool stage1 = ste::ConfigS1.get(s.w) != 0, stage2 = ste::ConfigS2.get(s.w) != 0;
    const u32 idr0 = shadows_->machine.id_register(spec::offset::IDR0);
    const bool el2 = !stage2 && spec::IDR0::Hyp.get(idr0) != 0 && ste::STRW.get(s.w) == ste::kStrwEl2;
    if ((!stage1 && !stage2) || el2 || spec::IDR0::S2P.get(idr0) == 0) return std::nullopt;
    return Tagged{static_cast<u16>(ste::S2VMID.get(s.w)),
                  stage2 ? std::optional(ste::S2TTB.in_place(s.w)) : std::nullopt};
  }

  // A stream whose VMID another one has for other tables.
  void on_stream(const trace::ConfigFetched& f, u64 t_ps) {
    const std::optional<Tagged> mine = tagged(spec::Ste{f.words});
    if (!mine) return;
    judge();
    const u32 number = cached_.requesters().number_of({f.who.sid, {}}, f.smmu);
    StreamsOfVmid& known = streams_[u64{f.smmu} << 16 | mine->vmid];
    const std::optional<u32> others[] = {known.with_stage2, mine->root ? known.without : std::nullopt};
    for (const std::optional<u32>& other : others) {
      if (!other || *other == number) continue;
      const std::optional<spec::Ste> ste = cached_.requesters().ste_now(*other);
      const std::optional<Tagged> theirs = ste ? tagged(*ste) : std::nullopt;
      if (!theirs || theirs->vmid != mine->vmid || theirs->root == mine->root) continue;
      report(t_ps,
             fmt::format("VMID {} is of two address spaces: {} has {}, and {} {}", mine->vmid,
                         text_of(cached_.requesters().who(*other)), stage2_text(*theirs), text_of(f.who),
                         stage2_text(*mine)),
             {.sid = f.who.sid});
    }
    (mine->root ? known.with_stage2 : known.without) = number;
  }
  static std::string stage2_text(const Tagged& t) {
    return t.root ? fmt::format("the stage 2 table at {:#x}", *t.root) : "no stage 2";
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
  struct StreamsOfVmid {
    std::optional<u32> with_stage2, without;  // the numbers of those whose STEs were fetched last
  };
  FlatMap<StreamsOfVmid> streams_;  // by VMID
  std::set<std::pair<Space, u64>> reported_;
};

}  // namespace

MonitorEntry monitors::tag_reuse() {
  return entry_of<TagReuse>(kInfo);
}

}  // namespace smmu_vp::tb
