// stale_configuration. The rule (3.21.3, 4.3): whatever of an STE, a CD or a first-level descriptor the SMMU may hold is
// invalidated by a command that covers it, and by a CMD_SYNC, after memory has changed where it matters. What may be
// held is what was fetched, or could have been (config_shadow.h). A change is known from when it is first seen. Until
// the CMD_SYNC ends either state may be used, so that is judged in two cases only:
//  - no covering command and CMD_SYNC have come within monitors.grace_us, or by the end;
//  - nothing leads to the structure any more and its memory serves something else while it may still be held.
// One that was late but came is counted: how long the old state remained, and for how many transactions.
// Not judged: a first-level descriptor that was invalid and that nobody has fetched, unless monitors.strict is set,
// since hardware that caches it is rare and drivers leave its invalidation out; and anything while SMMUEN is 0, when
// structures are not used and may be prepared at will.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/config_shadow_text.h"
#include "testbench/observe/monitors/hardware/exposure.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "stale_configuration",
    .description = "no STE, CD or first-level descriptor stays cached after memory has changed",
    .rule =
        "After memory has changed where it matters, a CMD_CFGI_* that covers the structure and a CMD_SYNC "
        "come "
        "within monitors.grace_us and before the end, and before its memory serves something else.",
    .section = "3.21.3, 4.3",
    .witness = Witness::kMachine,
    .facts = "smmu.config_read, smmu.command, smmu.sync_end, smmu.begin, structures fetched, memory",
    .finds = "CMD_CFGI_* left out, of another StreamID or SubstreamID, or of the leaf only; no CMD_SYNC",
};

class StaleConfiguration final : public Monitor {
 public:
  StaleConfiguration(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    shadow().on_compared(
        [this](const StructureId& id, const CachedStructure& s, u64 t) { compared(id, s, t); });
    shadow().on_removed([this](const StructureId&, const CachedStructure& s, u64 t) { removed(s, t); });
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t) {
      reused(f.pa, t, [&] { return fmt::format("{} reaches it at {:#x}", text_of(f.who), f.va); });
    });
    bus.on<trace::WalkRead>([this](const trace::WalkRead& f, u64 t) {
      reused(f.pa, t, [] { return std::string("it is walked as a translation table"); });
    });
  }

  void finish(u64 t_ps) override {
    at_end_ = true;
    shadow().compare_all(t_ps);
    at_end_ = false;
  }

  std::vector<ExposureWindows> exposures() const override {
    if (meter_.empty()) return {};
    return {meter_.windows()};
  }

 private:
  struct Left {  // a state of what nothing leads to any more
    StructureId id;
    CachedStructure state;
  };

  ConfigShadow& shadow() { return shadows_->configuration; }

  void compared(const StructureId& id, const CachedStructure& s, u64 t_ps) {
    judge();
    if (!s.difference) return forget(s);
    if (!s.fetched && invalid_descriptor(id, s) && !shadows_->machine.strict) return;
    if (!s.difference->now.reachable || s.difference->now.pa != s.pa) {
      forget(s);
      left_[page_of(s)].push_back({id, s});
      if (const std::string use = other_use(id, s); !use.empty()) accuse_reuse(id, s, t_ps, use);
    }
    const u64 age = t_ps - s.difference->since_ps;
    if ((!at_end_ && age < shadows_->machine.grace_ps) || follows_from_ste(id, s)) return;
    accuse(id, s, t_ps,
           fmt::format("{}: {}; the SMMU may still hold the old state, {}", place_of(id, s.pa), changes_of(s),
                       missing(id, s)));
  }

  // What a changed STE does not lead to any more goes with the invalidation of that STE (4.3.1).
  bool follows_from_ste(const StructureId& id, const CachedStructure& s) {
    if (!is_of_cds(id.kind) || s.difference->now.reachable) return false;
    const CachedStructure* const ste =
        shadow().newest({.smmu = id.smmu, .kind = Structure::kSte, .sid = id.sid});
    return ste != nullptr && ste->difference;
  }

  static u64 page_of(const CachedStructure& s) { return first_page(s.pa); }
  static bool invalid_descriptor(const StructureId& id, const CachedStructure& s) {
    return (id.kind == Structure::kL1Std && !leaf_of_l1std(s.words[0], id.log2_ids)) ||
           (id.kind == Structure::kL1Cd && !leaf_of_l1cd(s.words[0], id.log2_ids));
  }

  std::string missing(const StructureId& id, const CachedStructure& s) {
    if (s.invalidated) return "no CMD_SYNC has ended since its invalidation was consumed";
    std::string text = fmt::format("no {} and CMD_SYNC since", invalidation_of(id));
    if (const std::optional<CfgiScope> other = shadow().command_since(s.agreed_ps))
      text += fmt::format(", only {}", text_of(*other));
    return text;
  }

  void accuse(const StructureId& id, const CachedStructure& s, u64 t_ps, std::string what) {
    bool& known = reported_[s.number];
    if (known) return;
    known = true;
    what += fmt::format("; {} transactions began meanwhile", s.difference->uses);
    report(t_ps, std::move(what), subject_of(id, s.pa));
  }

  // Empty when nothing else uses its memory as far as registers and tables say, or when that still holds the same.
  std::string other_use(const StructureId& id, const CachedStructure& s) {
    if (!overwritten(id, s)) return {};
    if (const auto other = shadow().structure_at(s.pa); other && *other != id)
      return fmt::format("it is {}", text_of(*other));
    return queue_at(shadows_->registers, s.pa, id.smmu);
  }

  template <typename Use>
  void reused(u64 pa, u64 t_ps, Use use) {
    if (left_.empty()) return;
    const std::vector<Left>* const there = left_.find(first_page(pa));
    if (there == nullptr) return;
    for (const Left& left : *there) {
      if (shadow().lookup().enabled(left.id.smmu) && overwritten(left.id, left.state))
        accuse_reuse(left.id, left.state, t_ps, use());
    }
  }

  // Whether its memory holds something else by now.
  bool overwritten(const StructureId& id, const CachedStructure& s) {
    const std::optional<Words> there = shadow().lookup().read(id.kind, s.pa);
    return there && differing_words(id.kind, s.words, *there) != 0;
  }

  void accuse_reuse(const StructureId& id, const CachedStructure& s, u64 t_ps, const std::string& use) {
    accuse(id, s, t_ps,
           fmt::format("{}: {}; the SMMU may still hold it, {}, but its memory is in other use: {}",
                       place_of(id, s.pa), changes_of(s), missing(id, s), use));
  }

  void forget(const CachedStructure& s) {
    if (left_.empty()) return;
    std::vector<Left>* const there = left_.find(page_of(s));
    if (there == nullptr) return;
    std::erase_if(*there, [&](const Left& left) { return left.state.number == s.number; });
    if (there->empty()) left_.erase(page_of(s));
  }

  void removed(const CachedStructure& s, u64 t_ps) {
    reported_.erase(s.number);
    forget(s);
    if (!s.difference) return;
    meter_.add(t_ps - s.difference->since_ps, s.difference->uses != 0);
  }

  const SharedShadows shadows_;
  FlatMap<std::vector<Left>> left_;  // by page
  FlatMap<bool> reported_;           // by number of the state
  ExposureMeter meter_{"configuration caches"};
  bool at_end_ = false;
};

}  // namespace

MonitorEntry monitors::stale_configuration() {
  return entry_of<StaleConfiguration>(kInfo);
}

}  // namespace smmu_vp::tb
