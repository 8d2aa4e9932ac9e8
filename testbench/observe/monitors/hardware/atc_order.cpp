// atc_order. The rule (3.9.1, 4.5.1): a device that holds a translation which memory no longer grants is told by
// CMD_ATC_INV, and only when the SMMU's own invalidation is complete, since its next request may be answered from the
// TLB. An ATC_INV that comes early is no violation by itself: one that covers a neighbour's page, too, is followed by
// the neighbour's own. It is one when nothing follows within the grace, or when the driver makes a habit of it: later
// changes bring their ATC_INV, too, which would cover up for the missing one.
// Nothing is owed for a stream whose translated accesses are not let through (STE.EATS, STE.Config, CR0.ATSCHK): also
// when its ATC_INV timed out. What a device does that breaks the rules is for others to judge.
#include <fmt/format.h>

#include "testbench/observe/monitors/entry.h"
#include "testbench/observe/monitors/hardware/translation_text.h"

namespace smmu_vp::tb {

namespace {

constexpr MonitorInfo kInfo{
    .name = "atc_order",
    .description = "devices are told of what they must no longer use, after the SMMU's TLBs and in time",
    .rule =
        "A translation that a device may hold in its ATC, and that memory no longer grants, is removed by a "
        "CMD_ATC_INV that completes, within monitors.grace_us and by the end of the run; the CMD_ATC_INV is "
        "consumed "
        "when the TLB invalidation of the same change is complete; and the device does not use it after "
        "that.",
    .section = "3.9.1, 4.5.1",
    .witness = Witness::kMachine,
    .facts = "memory; smmu.command, smmu.sync_end, smmu.atc_inv, smmu.atc_inv_done, smmu.translated",
    .finds =
        "CMD_ATC_INV left out, or sent before the TLBI was synchronised; a stream left open after a time-out",
};

// What a driver's own ATC_INV follows its CMD_SYNC within, unless it is held up.
constexpr u64 kPromptPs = 10'000'000'000;
// Not followed promptly so many times, and so many times as often as in order: not somebody held up now and then.
constexpr u64 kHabit = 4;

class AtcOrder final : public Monitor {
 public:
  AtcOrder(trace::Bus& bus, SharedShadows shadows)
      : Monitor(bus, kInfo), shadows_(std::move(shadows)), cached_(shadows_->translations) {
    cached_.on_overdue([this](const CachedEntry& e, u64 t_ps) {
      if (e.kind == CachedKind::kDevice) on_overdue(e, t_ps);
    });
    cached_.on_ended([this](const CachedEntry& e, u64) {
      if (e.kind != CachedKind::kDevice) return;
      judge();
      ended_[page_key(e.tags.sid, e.output)] = e;
    });
    cached_.on_filled([this](const CachedEntry& e, u64) {
      if (e.kind == CachedKind::kDevice) ended_.erase(page_key(e.tags.sid, e.output));
    });
    bus.on<trace::Command>([this](const trace::Command& f, u64 t_ps) {
      command_ = f;
      accuse_early(t_ps, shadows_->machine.grace_ps);
    });
    bus.on<trace::AtcInvalidateSent>(
        [this](const trace::AtcInvalidateSent& f, u64 t_ps) { on_sent(f, t_ps); });
    bus.on<trace::Translated>([this](const trace::Translated& f, u64 t_ps) {
      if (f.kind == At::kTranslated && !ended_.empty()) on_translated(f, t_ps);
    });
  }

  void finish(u64 t_ps) override {
    cached_.finish(t_ps);
    accuse_early(t_ps, 0);
  }

 private:
  struct Early {
    CachedEntry entry;  // of the device
    u64 t_ps;
  };
  // Of a stream: how many ATC_INVs came in order, and how many early without another that followed promptly.
  struct Habit {
    u64 in_order = 0, early = 0;
    u64 last_early_ps = ~u64{0};  // one command may cover many pages
    bool is_early() const { return early >= kHabit && early > kHabit * in_order; }
  };

  static u64 page_key(u32 sid, u64 pa) { return u64{sid} << 40 ^ first_page(pa); }
  bool passes(const CachedEntry& e) {
    return cached_.requesters().lets_translated_pass(e.requesters.front());
  }

  void on_overdue(const CachedEntry& e, u64 t_ps) {
    judge();
    if (!passes(e)) return;
    const spec::Requester& who = cached_.requester_of(e);
    report(
        t_ps,
        fmt::format("{}; memory no longer grants that ({}), {}{}", holder_text(e, who), text_of(*e.change),
                    e.timed_out ? "its CMD_ATC_INV timed out and translated accesses of the stream still pass"
                                : "and no CMD_ATC_INV followed that covers it: missing is " + command_text(e),
                    e.uses == 0 ? "" : fmt::format("; used {} times since", e.uses)),
        subject_of(e, who));
  }

  // Whether a TLB may still answer with the translation that the device is to lose.
  bool tlb_answers(const CachedEntry& device, u64 t_ps) {
    TranslationRequesters& requesters = cached_.requesters();
    const Regime* const regime = requesters.fetched(device.requesters.front());
    if (regime == nullptr) return false;
    std::vector<CachedEntry::Id> held;
    cached_.table().at(tags_of(*regime, requesters.smmu(device.requesters.front())), device.first,
                       [&](CachedEntry::Id id) { held.push_back(id); });
    bool answers = false;
    for (const CachedEntry::Id id : held) {
      cached_.compare(id, t_ps);
      const CachedEntry& e = cached_.table()[id];
      answers |= e.kind == CachedKind::kTranslation && e.change.has_value();
    }
    return answers;
  }

  void on_sent(const trace::AtcInvalidateSent& f, u64 t_ps) {
    const InvalidationScope scope = scope_of(f, spec::cmd::atc_inv::Global.get(command_.words().w) != 0);
    Habit& habit = habits_[f.who.sid];
    std::erase_if(early_, [&](const Early& early) {
      if (!scope.covers(early.entry) || tlb_answers(early.entry, t_ps)) return false;
      if (t_ps - early.t_ps > kPromptPs && early.t_ps != std::exchange(habit.last_early_ps, early.t_ps))
        ++habit.early;
      if (habit.is_early())
        accuse(early, fmt::format("none followed soon: {} changes went so, {} in order", habit.early,
                                  habit.in_order));
      return true;
    });
    bool in_order = false;
    for (const CachedEntry& e : lost_to(scope)) {
      judge();
      if (tlb_answers(e, t_ps)) {
        early_.push_back({e, t_ps});
      } else {
        in_order = true;
      }
    }
    habit.in_order += in_order;
  }

  // What memory does not grant any more and this ATC_INV removes.
  std::vector<CachedEntry> lost_to(const InvalidationScope& scope) const {
    std::vector<CachedEntry> lost;
    for (const CachedEntry::Id id : cached_.stale()) {
      const CachedEntry& e = cached_.table()[id];
      if (e.kind == CachedKind::kDevice && scope.covers(e)) lost.push_back(e);
    }
    return lost;
  }

  void accuse_early(u64 t_ps, u64 grace_ps) {
    while (!early_.empty() && early_.front().t_ps + grace_ps <= t_ps) {
      accuse(early_.front(), "none followed");
      early_.erase(early_.begin());
    }
  }

  void accuse(const Early& early, std::string_view afterwards) {
    if (!passes(early.entry)) return;
    const spec::Requester& who = cached_.requester_of(early.entry);
    report(
        early.t_ps,
        fmt::format(
            "{} when {} was consumed, before the TLB invalidation of the same change ({}) was complete; {}",
            holder_text(early.entry, who), command_text(early.entry), text_of(*early.entry.change),
            afterwards),
        subject_of(early.entry, who));
  }

  void on_translated(const trace::Translated& f, u64 t_ps) {
    if (shadows_->rogues.contains(f.who.sid)) return;
    const CachedEntry* const ended = ended_.find(page_key(f.who.sid, f.pa));
    if (ended == nullptr || f.pa < ended->output || f.pa > ended->output_last()) return;
    bool granted = false;
    cached_.table().at_output(f.pa, [&](CachedEntry::Id id) {
      const CachedEntry& e = cached_.table()[id];
      granted |= e.kind == CachedKind::kDevice && e.tags.sid == f.who.sid;
    });
    if (granted) return;
    const spec::Requester& who = cached_.requester_of(*ended);
    Subject subject = subject_of(*ended, who);
    subject.write = f.write;
    report(
        t_ps,
        fmt::format("{} {} {:#x} by a translated access, after the invalidation of {:#x} has completed ({})",
                    text_of(who), f.write ? "writes" : "reads", f.pa, ended->first, text_of(*ended->change)),
        subject);
  }

  SharedShadows shadows_;
  TranslationShadow& cached_;
  trace::Command command_{};
  std::vector<Early> early_;    // in the order of their times
  FlatMap<Habit> habits_;       // by StreamID
  FlatMap<CachedEntry> ended_;  // invalidated for good, by device and page
};

}  // namespace

MonitorEntry monitors::atc_order() {
  return entry_of<AtcOrder>(kInfo);
}

}  // namespace smmu_vp::tb
