// --explain holds no copy of the SMMU's decisions: both answer 100,000 random accesses in random states.
#include <map>
#include <ranges>

#include "tests/unit/inspect_random_state.h"
#include "tests/unit/inspect_side_by_side.h"

namespace smmu_vp::test {

namespace {

using core::Decision;
using transport::AddressType;

// SMMUs of several sizes and versions, with caches so small that entries evict each other.
core::SmmuConfig small_caches(unsigned version, unsigned oas_bits, bool s2, bool hyp, unsigned httu,
                              bool ats) {
  core::SmmuConfig c;
  c.features.version = version;
  c.features.oas_bits = oas_bits;
  c.features.s2 = s2;
  c.features.hyp = hyp;
  c.features.httu = httu;
  c.features.ats = ats;
  c.features.pri = ats;
  c.tlb = {.sets = 4, .ways = 2, .block_entries = 4, .mshrs = 4};
  c.walk_cache_entries = 16;
  c.config_cache_entries = 8;
  c.tbus = 1;
  return c;
}

// Lines that explain must print at least once.
constexpr const char* kTold[] = {"0: GBPA decides",
                                 "1: the stream table decides",
                                 "GBPA.ABORT is 1: aborted",
                                 "the address has more than",
                                 "STE.Config 0b000: aborted",
                                 "GBPA.PRIVCFG",
                                 "GBPA.INSTCFG",
                                 "STE.PRIVCFG",
                                 "STE.INSTCFG",
                                 "hit, and agrees with the memory",
                                 "hit: the cached copy is used",
                                 "miss: the structures above are read",
                                 "miss, but a cached part is used",
                                 "L1STD",
                                 "L1CD",
                                 "cannot be read",
                                 "no stage translates, as STE.Config says",
                                 "no stage translates, as STE.S1DSS 0b01",
                                 "an IPA: only stage 2 translates, as STE.Config says",
                                 "an IPA: only stage 2 translates, as STE.S1DSS 0b01",
                                 "TTB0 translates it",
                                 "TTB1 translates it",
                                 "but CD.EPD",
                                 "outside the range of its table",
                                 "TLB of TBU 0         hit",
                                 "TLB of TBU 0         miss",
                                 "a walk can tell more",
                                 "walk cache           hit",
                                 "walk cache           its entry is used",
                                 "permitted: goes to",
                                 "not permitted",
                                 "aborted, recorded",
                                 "aborted, not recorded",
                                 "reads as zero",
                                 "stalls, recorded",
                                 "as CD.S is 0",
                                 "as CD.S is 1",
                                 "as STE.S2S is 0",
                                 "as STE.S2S is 1",
                                 "as always without stage 1",
                                 "as CR2.RECINVSID is 0",
                                 "as CR2.RECINVSID is 1",
                                 "Success, PA",
                                 "Success, IPA",
                                 "RW; a",
                                 "R; a",
                                 "W; a",
                                 "RX; a",
                                 "RWX; a",
                                 "a Translated access to it passes unchanged",
                                 "a Translated access to it is translated by stage 2",
                                 "a Translated access to it is aborted",
                                 "Success without rights, no record",
                                 "Unsupported Request, F_BAD_ATS_TREQ",
                                 "Unsupported Request, no record",
                                 "Completer Abort, no record",
                                 "Completer Abort, F_STE_FETCH",
                                 "Completer Abort, C_BAD_STE",
                                 "Completer Abort, C_BAD_CD",
                                 "Completer Abort, F_WALK_EABT",
                                 "C_BAD_STREAMID (0x02)",
                                 "F_STE_FETCH (0x03)",
                                 "C_BAD_STE (0x04)",
                                 "F_STREAM_DISABLED (0x06)",
                                 "C_BAD_SUBSTREAMID (0x08)",
                                 "F_CD_FETCH (0x09)",
                                 "C_BAD_CD (0x0a)",
                                 "F_WALK_EABT (0x0b)",
                                 "F_TRANSLATION (0x10)",
                                 "F_ADDR_SIZE (0x11)",
                                 "F_ACCESS (0x12)",
                                 "F_PERMISSION (0x13)"};

class Comparison {
 public:
  explicit Comparison(Bench& bench, u64 seed) : b_(bench), state_(bench, seed), both_(bench) {}

  void run(unsigned accesses) {
    b_.enable(cr0::EVENTQEN | cr0::CMDQEN);
    for (unsigned i = 0; i < accesses; ++i) {
      if (i % 25 == 0) state_.renew(state_.percent(70));
      if (i % 5 == 4) state_.disturb();
      one();
    }
  }

  static inline std::map<std::string, unsigned> occurred;
  static inline std::vector<std::string> differences;

 private:
  void one() {
    // Half of the accesses go where the last one went, so that caches are hit.
    if (state_.percent(50)) asked_ = {.who = {state_.sid(), state_.pasid()}, .address = state_.address()};
    const spec::Access asked = asked_;
    switch (state_.below(10)) {
      case 0:
      case 1:
        if (b_.smmu.config().features.ats) return translation_request(asked);
        [[fallthrough]];
      case 2:
        return several_translations(asked);
      case 3:
        return translated(asked);
      case 4:
        return state_.percent(20) ? prefetch(asked) : untranslated(asked);
      default:
        return untranslated(asked);
    }
  }

  tb::Explained explain(tb::ExplainRequest& r, const spec::Access& asked) {
    r.sid = asked.who.sid;
    r.ssid = asked.who.pasid;
    r.va = asked.address;
    r.priv = state_.percent(40);
    tb::Explained e = tb::explain(both_.still(), r);
    for (const char* told : kTold) occurred[told] += e.text.find(told) != std::string::npos;
    return e;
  }
  void judge(const char* kind, const std::string& said = "") {
    ++occurred[kind];
    occurred["the SMMU updates a descriptor"] += std::exchange(both_.updated_tables, false);
    if (!both_.difference.empty())
      differences.push_back(fmt::format("{}: {}\n{}", kind, both_.difference, said));
  }

  void untranslated(spec::Access asked) {
    tb::ExplainRequest r;
    const u64 kind = state_.below(3);
    r.read = kind == 0;
    r.write = kind == 1;
    r.exec = kind == 2;
    const tb::Explained e = explain(r, asked);
    asked.intent = {.read = !r.write, .write = r.write, .exec = r.exec, .priv = r.priv};
    const Decision& d = e.accesses.front();
    both_.access(asked, AddressType::kUntranslated, d);
    // The text agrees with the decision.
    if (d.outcome == Decision::Outcome::kPass &&
        e.text.find(fmt::format("es to {:#x}", d.pa)) == std::string::npos)
      both_.difference += "the text has another PA; ";
    judge("untranslated access", e.text);
  }

  void translation_request(spec::Access asked) {
    tb::ExplainRequest r;
    r.read = true;
    r.write = state_.percent(60);
    r.exec = state_.percent(40);
    const tb::Explained e = explain(r, asked);
    asked.intent = {.read = true, .write = r.write, .exec = r.exec, .priv = r.priv};
    if (e.translated && state_.percent(50)) {
      const spec::AtsTranslation& t = e.ats->translation;
      asked.address = t.address;
      asked.who.pasid.reset();
      asked.intent = {.read = t.read, .write = !t.read};
      both_.access(asked, AddressType::kTranslated, *e.translated);
      return judge("Translated access to a completed address", e.text);
    }
    both_.translation_request(asked, 1, *e.ats, {});
    judge("Translation Request", e.text);
  }

  void several_translations(spec::Access asked) {
    const bool pasid = asked.who.ssv();
    asked.intent = {.read = true,
                    .write = state_.percent(60),
                    .exec = pasid && state_.percent(40),
                    .priv = pasid && state_.percent(40)};
    const auto translations = static_cast<u8>(2 + state_.below(7));
    const tb::StillSmmu smmu = both_.still();
    tb::StillPort port(smmu, nullptr);
    core::Translator translator(smmu.state.registers, smmu.config.features, port);
    const core::AtsAnswer first = translator.translation_request(asked, translations);
    std::array<spec::AtsTranslation, 7> room{};
    std::size_t more = 0;
    if (first.status == core::AtsStatus::kSuccess)
      more = translator.following_translations(asked, first.translation, {room.data(), translations - 1u});
    both_.translation_request(asked, translations, first, {room.data(), more});
    judge(more != 0 ? "several translations asked for and answered" : "several translations asked for");
  }

  void translated(spec::Access asked) {
    asked.intent = {.write = state_.percent(50), .exec = state_.percent(30), .priv = state_.percent(30)};
    asked.intent.read = !asked.intent.write;
    const tb::StillSmmu smmu = both_.still();
    tb::StillPort port(smmu, nullptr);
    const Decision d = core::Translator(smmu.state.registers, smmu.config.features, port).translated(asked);
    both_.access(asked, AddressType::kTranslated, d);
    using enum Decision::Outcome;
    judge(d.outcome == kPass                                 ? "Translated access that passes"
          : d.silently == Decision::Silently::kConfigAbort   ? "Translated access that STE.Config aborts"
          : d.silently == Decision::Silently::kAddressSize   ? "Translated access beyond the output size"
          : d.silently == Decision::Silently::kNotRecordable ? "Translated access with an unrecorded error"
          : d.met->fault.event == spec::EventId::F_TRANSL_FORBIDDEN ? "Translated access that is forbidden"
          : d.met->fault.s2                                         ? "Translated access that stage 2 refuses"
                            : "Translated access with a recorded error");
  }

  void prefetch(spec::Access asked) {
    if (!b_.smmu.inspect().registers.smmu_enabled()) return;
    asked.address &= ~u64{0xFFF};
    asked.intent = {.read = true};
    const tb::StillSmmu smmu = both_.still();
    tb::StillPort port(smmu, nullptr);
    const bool there = core::Translator(smmu.state.registers, smmu.config.features, port).prefetch(asked);
    both_.prefetch(asked, there);
    judge(there ? "prefetch that finds a translation" : "prefetch that finds nothing");
  }

  Bench& b_;
  spec::Access asked_;
  RandomState state_;
  SideBySide both_;
};

}  // namespace

TEST_CASE("explain and the SMMU give the same answer and the same event in 100,000 random accesses") {
  std::deque<Bench> benches;
  std::deque<Comparison> comparisons;
  u64 seed = 1;
  for (const core::SmmuConfig& c :
       {small_caches(2, 48, true, true, 2, true), small_caches(1, 44, true, false, 1, true),
        small_caches(3, 32, true, true, 2, true), small_caches(0, 40, false, true, 0, true),
        small_caches(2, 52, true, true, 2, false)}) {
    Bench& b =
        benches.emplace_back(c, transport::TimingMode::kUntimed, fmt::format("bench_{}", seed).c_str());
    comparisons.emplace_back(b, seed++);
  }
  benches.front().run([&] {
    for (Comparison& c : comparisons) c.run(20'000);
  });
  for (const std::string& d : Comparison::differences | std::views::take(3)) MESSAGE(d);
  CHECK(Comparison::differences.size() == 0);
  // A kind of outcome that never occurred has not been compared.
  for (const auto& [what, times] : Comparison::occurred) {
    CAPTURE(what);

    CHECK(times >= 10);
  }
}

}  // namespace smmu_vp::test
