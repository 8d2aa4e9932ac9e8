// context_validity. The rules (3.21.3, 5.2, 5.4, 5.5):
//  - what a valid STE or CD points to is in memory when software invalidates it or the SMMU reads it: 0 or no RAM says
//    that it was published before its fields;
//  - the root of a valid CD is a translation table: no queue, no STE or CD lies there, and no device writes there;
//  - no structure that is valid is ILLEGAL, so that it is refused with C_BAD_STE or C_BAD_CD;
//  - a context that walks nothing, EPD0 and EPD1 being 1, is of no use to a transaction that waits: to let it stall
//    only to abort it holds the device up for nothing. Stalling it and retrying it is a way to change a table under a
//    device, so that is legal; where stalls are forced (IDR0.STALL_MODEL, 5.5) software has no choice.
// With monitors.strict also what is software's choice: events that such a context records, and at the end a root
// without a single descriptor, which nothing can be translated by. CDs under stage 2 point to IPAs: not judged.
#include <fmt/format.h>

#include <map>
#include <set>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/config_shadow_text.h"
#include "tlm/spec/cd.h"
#include "tlm/spec/ste.h"

namespace smmu_vp::tb {

namespace {

namespace ste = spec::ste;
namespace cd = spec::cd;

constexpr MonitorInfo kInfo{
    .name = "context_validity",
    .description = "valid STEs and CDs lead to tables, and a context that walks nothing stalls nothing",
    .rule =
        "A valid STE with stage 1 and a valid CD point to memory when they are invalidated or read; the root "
        "of a "
        "valid CD serves as nothing else; none of them is ILLEGAL; a context with EPD0 = EPD1 = 1 stalls no "
        "transaction that is then "
        "aborted, unless stalls are forced.",
    .section = "3.21.3, 5.4, 5.5",
    .witness = Witness::kMachine,
    .facts =
        "smmu.command, smmu.translated, smmu.stalled, smmu.resumed, smmu.event, structures fetched, memory",
    .finds =
        "V set before TTB0 or S1ContextPtr; a root freed while its CD is valid; CD.S or CD.R left set in a "
        "quiesced context",
};

class ContextValidity final : public Monitor {
 public:
  ContextValidity(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    shadow().on_current([this](const StructureId& id, const StructureState& s, u64 t) { current(id, s, t); });
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t) { translated(f, t); });
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64) { stalled(f); });
    bus.on<trace::Resumed>([this](const trace::Resumed& f, u64 t) { resumed(f, t); });
    bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64 t) {
      refused(f, t);
      if (shadows_->machine.strict) recorded(f, t);
    });
  }

  void finish(u64 t_ps) override {
    if (!shadows_->machine.strict) return;
    for (const u64 page : roots_.keys()) {
      const std::vector<StructureId> ids = *roots_.find(page);
      for (const StructureId& id : ids) {
        if (still_root(id, page) && empty_table(page * kPageBytes))
          report(t_ps,
                 fmt::format("{} is still valid at the end, and its root at {:#x} has no descriptor",
                             text_of(id), page * kPageBytes),
                 subject_of(id, page * kPageBytes));
      }
    }
  }

 private:
  using Stall = std::tuple<u8, u32, u32>;  // SMMU, StreamID, STAG

  ConfigShadow& shadow() { return shadows_->configuration; }
  Words ste_of(const StructureId& id) {
    const CachedStructure* const s =
        shadow().newest({.smmu = id.smmu, .kind = Structure::kSte, .sid = id.sid});
    return s == nullptr ? Words{} : s->words;
  }
  // StreamWorld NS-EL2 has one table, which EPD0 does not switch off (5.4 EPD0).
  bool one_table(const StructureId& id) {
    return ste::STRW.get(ste_of(id)) == ste::kStrwEl2 &&
           spec::CR2::E2H.get(shadows_->registers.word(spec::offset::CR2, id.smmu)) == 0;
  }

  void current(const StructureId& id, const StructureState& s, u64 t_ps) {
    if (id.kind == Structure::kSte) return current_ste(id, s, t_ps);
    if (id.kind == Structure::kCd && ste::ConfigS2.get(ste_of(id)) == 0) current_cd(id, s, t_ps);
  }

  void current_ste(const StructureId& id, const StructureState& s, u64 t_ps) {
    const std::optional<TableLayout> cds = cd_table(s.words);
    if (!cds || ste::ConfigS2.get(s.words) != 0) return;
    judge();
    points_to(id, s, "S1ContextPtr", cds->base, t_ps);
    if (const std::vector<StructureId>* ids = roots_.find(first_page(cds->base)); ids != nullptr) {
      for (const StructureId& owner : *ids) {
        if (still_root(owner, first_page(cds->base)))
          not_a_table(owner, cds->base, fmt::format("the CDs of StreamID {:#x} are there", id.sid), t_ps);
      }
    }
  }

  void current_cd(const StructureId& id, const StructureState& s, u64 t_ps) {
    if (cd::V.get(s.words) == 0) return;
    judge();
    const bool one = one_table(id);
    if (one || cd::EPD0.get(s.words) == 0) root(id, s, "TTB0", cd::TTB0.in_place(s.words), t_ps);
    if (!one && cd::EPD1.get(s.words) == 0) root(id, s, "TTB1", cd::TTB1.in_place(s.words), t_ps);
  }

  void root(const StructureId& id, const StructureState& s, std::string_view field, u64 table, u64 t_ps) {
    if (!points_to(id, s, field, table, t_ps)) return;
    std::vector<StructureId>& ids = roots_[first_page(table)];
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    if (const std::string queue = queue_at(shadows_->registers, table, id.smmu); !queue.empty())
      not_a_table(id, table, queue, t_ps);
    if (const auto other = shadow().structure_at(table))
      not_a_table(id, table, fmt::format("{} is there", text_of(*other)), t_ps);
  }

  bool points_to(const StructureId& id, const StructureState& s, std::string_view field, u64 table,
                 u64 t_ps) {
    if (table != 0 && shadows_->memory.word(table).has_value()) {
      unpublished_.erase(id);
      return true;
    }
    if (unpublished_.insert(id).second)
      report(
          t_ps,
          fmt::format(
              "{} is valid (word 0 is {:#x}) with {} = {:#x}, where there is no table: published before its "
              "fields were written",
              place_of(id, s.pa), s.words[0], field, table),
          subject_of(id, s.pa));
    return false;
  }

  // Whether memory still has a valid CD with its root in that page.
  bool still_root(const StructureId& id, u64 page) {
    const std::optional<StructureState> s = shadow().lookup().find(id);
    if (!s || !s->reachable || cd::V.get(s->words) == 0) return false;
    const bool one = one_table(id);
    return ((one || cd::EPD0.get(s->words) == 0) && first_page(cd::TTB0.in_place(s->words)) == page) ||
           (!one && cd::EPD1.get(s->words) == 0 && first_page(cd::TTB1.in_place(s->words)) == page);
  }

  bool empty_table(u64 pa) const {
    for (u64 at = pa; at < pa + kPageBytes; at += 8) {
      if (shadows_->memory.word(at).value_or(1) != 0) return false;
    }
    return true;
  }

  void translated(const trace::Translated& f, u64 t_ps) {
    if (!f.write || roots_.empty() || f.kind == At::kTranslationRequest) return;
    const std::vector<StructureId>* const found = roots_.find(first_page(f.pa));
    if (found == nullptr) return;
    std::vector<StructureId> ids = *found;
    std::erase_if(ids, [&](const StructureId& id) { return !still_root(id, first_page(f.pa)); });
    for (const StructureId& id : ids)
      not_a_table(id, f.pa, fmt::format("{} writes there, to {:#x}", text_of(f.who), f.va), t_ps);
    if (ids.empty())
      roots_.erase(first_page(f.pa));
    else
      roots_[first_page(f.pa)] = std::move(ids);
  }

  void not_a_table(const StructureId& id, u64 pa, const std::string& use, u64 t_ps) {
    if (!reused_.emplace(id, first_page(pa)).second) return;
    report(t_ps,
           fmt::format("{} is valid, but its root at {:#x} is no table any more: {}", text_of(id),
                       first_page(pa) * kPageBytes, use),
           subject_of(id, pa));
  }

  bool walks_nothing(const spec::Requester& who, u8 smmu) {
    const StructureId id{.smmu = smmu, .kind = Structure::kCd, .sid = who.sid, .ssid = who.ssid()};
    return !one_table(id) && shadow().always(id, [](const Words& w) {
      return cd::V.get(w) != 0 && cd::EPD0.get(w) != 0 && cd::EPD1.get(w) != 0;
    });
  }

  void stalled(const trace::Stalled& f) {
    if (shadows_->machine.stalls_forced) return;
    judge();
    if (walks_nothing(f.who, f.smmu)) idle_stalls_[{f.smmu, f.who.sid, f.stag}] = f;
  }

  void resumed(const trace::Resumed& f, u64 t_ps) {
    const auto found = idle_stalls_.find({f.smmu, f.sid, f.stag});
    if (found == idle_stalls_.end()) return;
    const trace::Stalled stall = found->second;
    idle_stalls_.erase(found);
    if (f.action == spec::StallAction::kRetry) return;
    report(t_ps,
           fmt::format(
               "{}: the access to {:#x} stalled in a context that walks nothing (EPD0 = EPD1 = 1, CD.S = 1) "
               "and was then ended by CMD_RESUME: CD.S = 0 would have ended it at once",
               text_of(stall.who), stall.va),
           {.sid = stall.who.sid, .pasid = stall.who.pasid, .address = stall.va});
  }

  // C_BAD_* of a structure whose V is set: it is ILLEGAL (5.5, 7.3.5, 7.3.11), whatever software meant by it.
  void refused(const trace::EventRecord& f, u64 t_ps) {
    const bool of_cd = f.id == spec::EventId::C_BAD_CD;
    if (!of_cd && f.id != spec::EventId::C_BAD_STE) return;
    judge();
    const StructureId id{.smmu = f.smmu,
                         .kind = of_cd ? Structure::kCd : Structure::kSte,
                         .sid = f.who.sid,
                         .ssid = of_cd ? f.who.ssid() : 0};
    const CachedStructure* const s = shadow().newest(id);
    const bool valid = s != nullptr && (of_cd ? cd::V.get(s->words) : ste::V.get(s->words)) != 0;
    if (valid && illegal_.insert(id).second)
      report(t_ps,
             fmt::format("{} is valid and ILLEGAL (word 0 is {:#x}): {} is recorded for it", text_of(id),
                         s->words[0], to_string(f.id)),
             subject_of(id, s->pa));
  }

  void recorded(const trace::EventRecord& f, u64 t_ps) {
    if (f.id != spec::EventId::F_TRANSLATION || f.stall || !walks_nothing(f.who, f.smmu)) return;
    report(t_ps,
           fmt::format(
               "{}: F_TRANSLATION at {:#x} is recorded by a context that walks nothing (EPD0 = EPD1 = 1, "
               "CD.R = 1)",
               text_of(f.who), f.address),
           {.sid = f.who.sid, .pasid = f.who.pasid, .address = f.address});
  }

  const SharedShadows shadows_;
  FlatMap<std::vector<StructureId>> roots_;  // by page
  std::set<StructureId> unpublished_, illegal_;
  std::set<std::pair<StructureId, u64>> reused_;
  std::map<Stall, trace::Stalled> idle_stalls_;
};

}  // namespace

MonitorEntry monitors::context_validity() {
  return entry_of<ContextValidity>(kInfo);
}

}  // namespace smmu_vp::tb
