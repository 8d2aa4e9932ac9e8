// phase_silence. For each (StreamID, PASID), from the moment the driver announces the phase:
// Phase 2: no event record with that StreamID and SubstreamID is written or dropped; no stall begins; no err
// or warn line in the kernel log names the PASID. There is no grace period for transactions that began
// earlier: what a CMD_SYNC leaves to be recorded uses the new configuration (4.7.3), and phase 2 is announced
// after that. Exceptions:
// - An unbind in progress has cleared the CD before phase 3 is announced. Configuration errors (C_*) recorded
//   within an "unbind" operation are therefore legal in phase 2; they are checked at the end.
// - F_BAD_ATS_TREQ means that the stream has no ATS at all, in any phase: STE.EATS decides it before a CD is
//   read (3.9.1.2), and only a device that breaks the rules sends the request.
// - The driver needs time to print: a line soon after a legal event (MachineTraits::software_delay_ps) is
//   about that event.
// - Where stalling is forced, a CD cannot disable it (CD.S = 0 is ILLEGAL, 6.3.1 and 5.4): transactions that
//   may stall do, and are recorded.
// Phase 3: no untranslated DMA that begins and ends within it succeeds, and by the end there are at least as
// many configuration-error records as such DMAs (dropped records count: the queue was full). The error is
// C_BAD_CD; once the last PASID is gone a driver may set the STE back to bypass, and then it is
// C_BAD_SUBSTREAMID (5.2).
// A write of CR0 that turns translation or the Event queue off ends all phases: a reset follows.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "testbench/observe/monitors/entry.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

// Whether `text` names the PASID: "pasid 5", "ssid: 0x5", "SubstreamID=5".
bool names_pasid(const std::string& text, u32 pasid) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view word : {"pasid", "ssid", "substreamid"}) {
    for (std::size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      const std::size_t digits = lower.find_first_not_of(" :=#", at + word.size());
      if (digits == std::string::npos || std::isdigit(static_cast<unsigned char>(lower[digits])) == 0)
        continue;
      const bool hex = lower.compare(digits, 2, "0x") == 0;
      if (std::strtoull(lower.c_str() + digits, nullptr, hex ? 16 : 10) == pasid) return true;
    }
  }
  return false;
}

constexpr MonitorInfo kInfo{
    .name = "phase_silence",
    .description = "phase 2 is silent, phase 3 is loud",
    .rule =
        "In phase 2 no event is recorded, no stall begins and no error is logged for the PASID. "
        "In phase 3 each untranslated DMA with the PASID is aborted and leaves a "
        "configuration-error event, unless events were lost to a full queue.",
    .section = "5.4, 5.5, 7.3, 4.7.3",
    .facts = "sva.phase, smmu.event, smmu.stalled, os.printk",
    .finds = "CD cleared at process death; a quiesced CD that still records or stalls",
};

class PhaseSilence final : public Monitor {
 public:
  PhaseSilence(trace::Bus& bus, SharedShadows shadows) : Monitor(bus, kInfo), shadows_(std::move(shadows)) {
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) {
      State& state = states_[key_of(f.who())];
      state.phase = f.phase;
      state.who = f.who();
      ++state.epoch;
    });
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64) {
      using namespace spec;
      if (f.offset != offset::CR0 || (CR0::SMMUEN.get(f.value) == 1 && CR0::EVENTQEN.get(f.value) == 1))
        return;
      for (const u64 id : states_.keys()) states_.find(id)->phase.reset();
    });
    bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64 t_ps) { on_event(f, t_ps); });
    bus.on<trace::Operation>([this](const trace::Operation& f, u64) {
      if (f.name != "unbind" || !f.part.empty()) return;
      std::erase_if(held_, [&](const Held& h) { return h.t_ps >= f.begin_ps && h.t_ps <= f.end_ps; });
    });
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64 t_ps) { on_stall(f, t_ps); });
    bus.on<trace::StallUnrecorded>([this](const trace::StallUnrecorded& f, u64 t_ps) { on_stall(f, t_ps); });
    bus.on<trace::KernelLog>([this](const trace::KernelLog& f, u64 t_ps) { on_log(f, t_ps); });
    shadows_->flights.on_begin([this](u64 key, const Flight& f) { on_begin(key, f); });
    shadows_->flights.on_end([this](u64 key, const Flight& f, TransactionResult result, u64 t_ps) {
      on_end(key, f, result, t_ps);
    });
  }

  void finish(u64 t_ps) override {
    for (const Held& held : held_) report(held.t_ps, held.what, held.subject);
    for (const u64 id : states_.keys()) {
      const State& state = *states_.find(id);
      if (state.recorded >= state.expected) continue;
      report(
          t_ps,
          fmt::format(
              "StreamID {:#x} made {} untranslated DMAs with PASID {} in phase 3, but only {} configuration "
              "errors were recorded",
              state.who.sid, state.expected, state.who.ssid(), state.recorded),
          {.sid = state.who.sid, .pasid = state.who.pasid});
    }
  }

 private:
  struct State {
    std::optional<Phase> phase;  // nothing: a reset ended it
    Requester who{};
    u64 epoch = 0;                   // counts phase changes
    u64 expected = 0, recorded = 0;  // of phase 3
    u64 legal_event_ps = 0;
    bool had_legal_event = false;
  };
  struct Held {
    u64 t_ps;
    std::string what;
    Subject subject;
  };

  void on_event(const trace::EventRecord& f, u64 t_ps) {
    State* state = f.who.pasid ? states_.find(key_of(f.who)) : nullptr;
    if (state == nullptr) return;
    const bool configuration = spec::is_configuration_error(f.id);
    if (state->phase == Phase::kUnbound && configuration) ++state->recorded;
    const bool forced = shadows_->machine.stalls_forced && f.stall;
    if (state->phase == Phase::kQuiesced && f.id != spec::EventId::F_BAD_ATS_TREQ && !forced) {
      judge();
      std::string what = fmt::format("{} at {:#x} {} for {}, in phase 2", to_string(f.id), f.address,
                                     f.dropped ? "raised (and dropped)" : "recorded", text_of(f.who));
      Subject subject{.sid = f.who.sid, .pasid = f.who.pasid};
      if (!configuration) {  // configuration errors carry no address (7.3)
        subject.address = f.address;
        report(t_ps, std::move(what), subject);
        return;
      }
      held_.push_back({t_ps, std::move(what), subject});
    }
    state->legal_event_ps = t_ps;
    state->had_legal_event = true;
  }

  template <typename Stall>
  void on_stall(const Stall& f, u64 t_ps) {
    if (shadows_->machine.stalls_forced) return;
    const State* state = f.who.pasid ? states_.find(key_of(f.who)) : nullptr;
    if (state == nullptr || state->phase != Phase::kQuiesced) return;
    judge();
    report(
        t_ps,
        fmt::format("transaction {} of {}, stalled at {:#x} in phase 2", f.transaction, text_of(f.who), f.va),
        {.sid = f.who.sid, .pasid = f.who.pasid, .address = f.va});
  }

  void on_log(const trace::KernelLog& f, u64 t_ps) {
    if (f.level == trace::LogLevel::kInfo) return;
    std::map<u32, bool> quiet;  // PASID -> in phase 2 on every device, and no event explains the line
    for (const u64 id : states_.keys()) {
      const State& state = *states_.find(id);
      const bool explained =
          state.had_legal_event && t_ps - state.legal_event_ps <= shadows_->machine.software_delay_ps;
      const auto [it, is_new] = quiet.try_emplace(state.who.ssid(), true);
      it->second = it->second && state.phase == Phase::kQuiesced && !explained;
    }
    for (const auto& [pasid, silent] : quiet) {
      if (!silent || !names_pasid(f.text, pasid)) continue;
      judge();
      report(t_ps, fmt::format("the kernel reports PASID {} in phase 2: {}", pasid, f.text),
             {.pasid = pasid});
    }
  }

  void on_begin(u64 key, const Flight& flight) {
    if (!flight.who.pasid || flight.kind == At::kTranslated) return;
    const State* state = states_.find(key_of(flight.who));
    if (state == nullptr || !state->phase || state->phase == Phase::kLive) return;
    judge();
    if (state->phase == Phase::kUnbound && flight.kind == At::kUntranslated)
      begun_unbound_[key] = state->epoch;
  }

  void on_end(u64 key, const Flight& flight, TransactionResult result, u64 t_ps) {
    if (begun_unbound_.empty()) return;
    const u64* epoch = begun_unbound_.find(key);
    if (epoch == nullptr) return;
    State& state = *states_.find(key_of(flight.who));
    const bool throughout = state.phase == Phase::kUnbound && state.epoch == *epoch;
    begun_unbound_.erase(key);
    if (!throughout) return;
    ++state.expected;
    if (result != TransactionResult::kOk) return;
    report(t_ps,
           fmt::format("transaction {} of StreamID {:#x} at {:#x} succeeded with PASID {} in phase 3",
                       transaction_number(key), flight.who.sid, flight.va, flight.who.ssid()),
           {.sid = flight.who.sid, .pasid = flight.who.pasid, .address = flight.va});
  }

  SharedShadows shadows_;
  FlatMap<State> states_;
  FlatMap<u64> begun_unbound_;  // transaction -> epoch
  std::vector<Held> held_;      // configuration errors in phase 2, unless an unbind explains them
};

}  // namespace

MonitorEntry monitors::phase_silence() {
  return entry_of<PhaseSilence>(kInfo);
}

}  // namespace smmu_vp::tb
