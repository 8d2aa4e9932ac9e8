// phase_silence. The rule, for each (StreamID, PASID), from the moment the driver announces the phase:
//  Phase 2: no event record with that StreamID and SubstreamID, not even a dropped one; no stall begins; no
//  err or warn line in the kernel log names the PASID. There is no grace for transactions begun earlier:
//  what a CMD_SYNC leaves to be recorded stems from the new configuration (4.7.3), and phase 2 is announced
//  after that. Legal are:
//   - an unbind in progress has cleared the CD while phase 3 is not announced yet: configuration errors
//     (C_*) recorded within an "unbind" operation are not held against phase 2, so they are judged at the
//     end;
//   - F_BAD_ATS_TREQ says that the stream has no ATS at all, in whatever phase: STE.EATS decides it before a
//     CD is read (3.9.1.2), and only a device that breaks the rules asks;
//   - the driver needs time to print: a line within kPrintDelay of an event that was legal is about that
//     event.
//  Phase 3: each untranslated DMA that begins and ends within it does not succeed, and by the end there are
//  at least as many configuration-error records (dropped ones count, the queue was full) as such DMAs. It
//  is C_BAD_CD; once the last PASID is gone a driver may put the STE back to bypass, and then it is
//  C_BAD_SUBSTREAMID (5.2).
// A write of CR0 that turns translation or the Event queue off ends all phases: what follows is the reset's
// business.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "testbench/monitors/factories.h"
#include "tlm/spec/registers.h"

namespace smmu_vp::tb {

namespace {

constexpr u64 kPrintDelay = 1'000'000'000;  // 1 ms in ps

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

class PhaseSilence final : public Monitor {
 public:
  PhaseSilence(trace::Bus& bus, const MonitorInfo& info, SharedShadows shadows)
      : Monitor(bus, info), shadows_(std::move(shadows)) {
    bus.on<trace::PasidPhase>([this](const trace::PasidPhase& f, u64) {
      State& state = states_[key(f.sid, f.pasid)];
      state.phase = f.phase;
      state.sid = f.sid;
      state.pasid = f.pasid;
      ++state.epoch;
    });
    bus.on<trace::RegisterWrite>([this](const trace::RegisterWrite& f, u64) {
      using namespace spec;
      if (f.offset != offset::CR0 || (CR0::SMMUEN.get(f.value) == 1 && CR0::EVENTQEN.get(f.value) == 1))
        return;
      for (const u64 id : states_.keys()) states_.find(id)->phase = 0;
    });
    bus.on<trace::EventRecord>([this](const trace::EventRecord& f, u64 t_ps) { on_event(f, t_ps); });
    bus.on<trace::Operation>([this](const trace::Operation& f, u64) {
      if (f.name != "unbind" || !f.part.empty()) return;
      std::erase_if(held_, [&](const Held& h) { return h.t_ps >= f.begin_ps && h.t_ps <= f.end_ps; });
    });
    bus.on<trace::Stalled>([this](const trace::Stalled& f, u64 t_ps) { on_stall(f, t_ps); });
    bus.on<trace::KernelLog>([this](const trace::KernelLog& f, u64 t_ps) { on_log(f, t_ps); });
    shadows_->flights.on_begin([this](u64 transaction, const Flight& f) { on_begin(transaction, f); });
    shadows_->flights.on_end([this](u64 transaction, const Flight& f, std::string_view result, u64 t_ps) {
      on_end(transaction, f, result, t_ps);
    });
  }

  void finish(u64 t_ps) override {
    for (const Held& held : held_) report(held.t_ps, held.what, held.pasid, held.address);
    for (const u64 id : states_.keys()) {
      const State& state = *states_.find(id);
      if (state.recorded >= state.expected) continue;
      report(
          t_ps,
          fmt::format(
              "StreamID {:#x} made {} untranslated DMAs with PASID {} in phase 3, but only {} configuration "
              "errors were recorded",
              state.sid, state.expected, state.pasid, state.recorded),
          state.pasid);
    }
  }

 private:
  struct State {
    int phase = 0;
    u32 sid = 0, pasid = 0;
    u64 epoch = 0;                   // counts phase changes
    u64 expected = 0, recorded = 0;  // of phase 3
    u64 legal_event_ps = 0;
    bool had_legal_event = false;
  };
  struct Held {
    u64 t_ps;
    std::string what;
    u32 pasid;
    u64 address;
  };
  static u64 key(u32 sid, u32 pasid) { return u64{sid} << 32 | pasid; }

  void on_event(const trace::EventRecord& f, u64 t_ps) {
    State* state = f.ssv ? states_.find(key(f.sid, f.ssid)) : nullptr;
    if (state == nullptr) return;
    const bool configuration = f.name.starts_with("C_");
    if (state->phase == 3 && configuration) ++state->recorded;
    if (state->phase == 2 && f.name != "F_BAD_ATS_TREQ") {
      judge();
      std::string what =
          fmt::format("{} at {:#x} {} for StreamID {:#x}, PASID {}, in phase 2", f.name, f.address,
                      f.dropped ? "raised (and dropped)" : "recorded", f.sid, f.ssid);
      if (!configuration) {
        report(t_ps, std::move(what), f.ssid, f.address);
        return;
      }
      held_.push_back({t_ps, std::move(what), f.ssid, f.address});
    }
    state->legal_event_ps = t_ps;
    state->had_legal_event = true;
  }

  void on_stall(const trace::Stalled& f, u64 t_ps) {
    const Flight* flight = shadows_->flights.find(f.transaction);
    if (flight != nullptr && !flight->ssv) return;
    const State* state = states_.find(key(f.sid, f.ssid));
    if (state == nullptr || state->phase != 2) return;
    judge();
    report(t_ps,
           fmt::format("transaction {} of StreamID {:#x}, PASID {}, stalled at {:#x} in phase 2",
                       f.transaction, f.sid, f.ssid, f.va),
           f.ssid, f.va);
  }

  void on_log(const trace::KernelLog& f, u64 t_ps) {
    if (f.level == "info") return;
    std::map<u32, bool> quiet;  // PASID -> in phase 2 on every device, and no event that explains the line
    for (const u64 id : states_.keys()) {
      const State& state = *states_.find(id);
      const bool explained = state.had_legal_event && t_ps - state.legal_event_ps <= kPrintDelay;
      const auto [it, is_new] = quiet.try_emplace(state.pasid, true);
      it->second = it->second && state.phase == 2 && !explained;
    }
    for (const auto& [pasid, silent] : quiet) {
      if (!silent || !names_pasid(f.text, pasid)) continue;
      judge();
      report(t_ps, fmt::format("the kernel reports PASID {} in phase 2: {}", pasid, f.text), pasid);
    }
  }

  void on_begin(u64 transaction, const Flight& flight) {
    if (!flight.ssv || flight.kind == Kind::kTranslated) return;
    const State* state = states_.find(key(flight.sid, flight.ssid));
    if (state == nullptr || state->phase < 2) return;
    judge();
    if (state->phase == 3 && flight.kind == Kind::kUntranslated)
      begun_in_phase_3_[transaction] = state->epoch;
  }

  void on_end(u64 transaction, const Flight& flight, std::string_view result, u64 t_ps) {
    if (begun_in_phase_3_.empty()) return;
    const u64* epoch = begun_in_phase_3_.find(transaction);
    if (epoch == nullptr) return;
    State& state = *states_.find(key(flight.sid, flight.ssid));
    const bool throughout = state.phase == 3 && state.epoch == *epoch;
    begun_in_phase_3_.erase(transaction);
    if (!throughout) return;
    ++state.expected;
    if (result != "ok") return;
    report(t_ps,
           fmt::format("transaction {} of StreamID {:#x} at {:#x} succeeded with PASID {} in phase 3",
                       transaction, flight.sid, flight.va, flight.ssid),
           flight.ssid, flight.va);
  }

  SharedShadows shadows_;
  FlatMap<State> states_;
  FlatMap<u64> begun_in_phase_3_;  // transaction -> epoch
  std::vector<Held> held_;         // configuration errors in phase 2, unless an unbind explains them
};

}  // namespace

std::unique_ptr<Monitor> make_phase_silence(trace::Bus& bus, const MonitorInfo& info,
                                            const SharedShadows& shadows) {
  return std::make_unique<PhaseSilence>(bus, info, shadows);
}

}  // namespace smmu_vp::tb
