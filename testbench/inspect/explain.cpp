// Follows a transaction's way through tlm/core, over memory and caches that are only looked at.
#include "testbench/inspect/explain.h"

#include <fmt/format.h>

#include "testbench/inspect/describe.h"
#include "testbench/inspect/still_memory.h"
#include "testbench/rtl_adapter/cache_contents.h"
#include "tlm/core/ats.h"
#include "tlm/core/config_lookup.h"
#include "tlm/core/walk.h"

namespace smmu_vp::tb {

using core::Configuration;
using core::StreamConfig;

namespace {

class Explanation {
 public:
  Explanation(const Platform& platform, const ExplainRequest& request)
      : platform_(platform),
        request_(request),
        view_(platform.smmu().inspect()),
        memory_(platform.ram()),
        facts_([] { return u64{0}; }),
        stage2_facts_([] { return u64{0}; }),
        empty_(0),
        stage2_(memory_, empty_, platform.smmu().config().features.oas_bits, stage2_facts_) {
    access_ = {.sid = request.sid,
               .ssv = request.ssid.has_value(),
               .ssid = request.ssid.value_or(0),
               .address = request.va,
               .priv = request.priv};
    facts_.on<trace::ConfigRead>([this](const trace::ConfigRead& f, u64) { structure(f); });
    facts_.on<trace::WalkRead>([this](const trace::WalkRead& f, u64) {
      step(fmt::format("level {} descriptor", f.level),
           fmt::format("[{:#x}] = {:#018x}: {}", f.pa, f.descriptor,
                       descriptor_text(f.descriptor, f.level, granule_)),
           "D8.3");
    });
    stage2_facts_.on<trace::WalkRead>([this](const trace::WalkRead& f, u64) {
      step(fmt::format("stage 2, level {}", f.level),
           fmt::format("[{:#x}] = {:#018x}: {}", f.pa, f.descriptor,
                       stage2_descriptor_text(f.descriptor, f.level, stage2_granule_)),
           "D8.3");
    });
  }

  std::string text() {
    out_ = fmt::format("explain {}: StreamID {:#x}, {}, address {:#x}{}\n", request_.text, request_.sid,
                       request_.ssid ? fmt::format("SubstreamID {}", *request_.ssid) : "no SubstreamID",
                       request_.va, request_.priv ? ", privileged" : "");
    run();
    return out_;
  }

 private:
  void step(std::string_view what, std::string_view said, std::string_view section) {
    out_ += fmt::format("  {:>2}  {:<20} {}{}\n", ++steps_, what, said,
                        section.empty() ? "" : fmt::format("  ({})", section));
  }

  // More of the last step, on lines of their own.
  void continued(std::string_view text) {
    constexpr std::size_t kColumn = 27, kWidth = 110 - kColumn;
    while (!text.empty()) {
      std::size_t end = text.size() <= kWidth ? text.size() : text.rfind(' ', kWidth);
      if (end == std::string_view::npos) end = text.size();
      out_ += fmt::format("{:{}}{}\n", "", kColumn, text.substr(0, end));
      text.remove_prefix(std::min(text.size(), end + 1));
    }
  }

  void structure(const trace::ConfigRead& f) {
    std::array<u64, 8> words{};
    const std::span<u64> read(words.data(), structure_words(f.structure));
    const bool ok = memory_.read(f.pa, read.data(), read.size_bytes());
    std::size_t words_said = read.size();  // what follows is zero
    if (!ok)
      return step(f.structure, fmt::format("[{:#x}] cannot be read", f.pa), structure_section(f.structure));
    while (words_said > 1 && words[words_said - 1] == 0) --words_said;
    step(f.structure, fmt::format("[{:#x}] = {}", f.pa, words_text(read.first(words_said))),
         structure_section(f.structure));
    continued(structure_text(f.structure, read));
  }

  void result(const core::Fault& fault, const core::FaultModel& model) {
    const spec::EventInfo* event = spec::find_event(static_cast<u64>(fault.event));
    const core::FaultResponse r = core::respond(fault, model, recinvsid());
    step("result",
         fmt::format("{} ({:#04x}): {}, {}{}", event->name, static_cast<unsigned>(fault.event),
                     r.stall    ? "stalls"
                     : r.raz_wi ? "reads as zero, writes ignored"
                                : "aborted",
                     r.stall || r.record ? "recorded" : "not recorded", cause(fault, model)),
         event->section);
  }

  // The fields that make it so (3.12, 5.5, 7.3.3).
  std::string cause(const core::Fault& fault, const core::FaultModel& model) const {
    if (fault.event == spec::EventId::C_BAD_STREAMID)
      return fmt::format(", as CR2.RECINVSID is {:d}", recinvsid());
    if (!core::translation_related(fault.event)) return "";
    if (fault.s2) return fmt::format(", as STE.S2S is {:d}, S2R {:d}", model.stall, model.record);
    return fmt::format(", as CD.S is {:d}, R {:d}, A {:d}", model.stall, model.record, model.abort);
  }

  bool recinvsid() const { return view_.registers.flag(spec::offset::CR2, spec::CR2::RECINVSID); }

  void run() {
    const core::RegisterFile& r = view_.registers;
    if (!r.smmu_enabled()) {
      step("CR0.SMMUEN", "0: GBPA decides", "6.3.14");
      const bool abort = spec::GBPA::ABORT.get(r.word(spec::offset::GBPA)) != 0;
      return step("result", abort ? "aborted, not recorded" : fmt::format("passes to {:#x}", request_.va),
                  "6.3.14");
    }
    step("CR0.SMMUEN", "1: the stream table decides", "6.3.9");
    const Configuration in_memory = from_memory();
    const u32 selector = access_.ssv ? access_.ssid : core::ConfigCache::kNoSubstream;
    const core::ConfigRef cached = view_.config_cache.find(request_.sid, selector);
    step("configuration cache",
         !cached                ? "miss: the structures above are read"
         : *cached == in_memory ? "hit, and agrees with the memory shown above"
                                : "hit: what was cached counts, and differs from the memory shown above",
         "3.21.3");
    decide(cached ? *cached : in_memory);
  }

  Configuration from_memory() {
    core::ConfigLookup lookup(view_.registers, platform_.smmu().config().features, memory_, stage2_, facts_);
    const Configuration stream = lookup.stream(request_.sid);
    skips_stage1_ = stream.stream.path == StreamConfig::Path::kStage1;
    stage2_granule_ = stream.stream.s2.granule;
    return stream.fault ? stream : lookup.context(request_.sid, stream, access_.ssv, access_.ssid);
  }

  void decide(const Configuration& found) {
    const auto& r = view_.registers;
    const core::AtsDecision ats = core::decide_translation_request(
        &found, r.flag(spec::offset::CR2, spec::CR2::REC_CFG_ATS), recinvsid());
    if (!ats.translate) refused_request(ats);
    if (found.fault) return result(*found.fault, {});
    const StreamConfig& stream = found.stream;
    if (stream.path == StreamConfig::Path::kAbort)
      return step("result", "STE.Config 0b000: aborted, not recorded", "5.2");
    access_.priv = core::overridden_priv(stream, access_.priv);
    if (access_.priv != request_.priv)
      step("STE.PRIVCFG", access_.priv ? "makes it privileged" : "makes it unprivileged", "5.2");
    if (!found.stage1 && !stream.stage2) {
      if (request_.va >> platform_.smmu().config().features.oas_bits != 0)
        return result({spec::EventId::F_ADDR_SIZE}, {});
      if (stream.eats == spec::ste::kEatsFull)
        step("ATS", fmt::format("Success, PA {:#x}, RW; a Translated access to it passes", request_.va),
             "13.6.4");
      return step("result",
                  fmt::format("no stage translates{}: passes to {:#x}", why_bypassed(), request_.va), "3.4");
    }
    translate(found);
  }

  std::string_view why_bypassed() const {
    return skips_stage1_ ? ", as STE.S1DSS 0b01 skips stage 1 without a SubstreamID" : ", as STE.Config says";
  }

  // The address as stage 1's tables take it, or the fault it meets.
  std::optional<u64> input(const Configuration& found) {
    if (!found.stage1) {
      step("address", fmt::format("an IPA: only stage 2 translates{}", why_bypassed()), "3.3.2");
      return request_.va;
    }
    const core::Context& c = found.context;
    step("context",
         fmt::format("ASID {}, TTB0 {:#x}{}, TTB1 {:#x}{}", c.asid, c.tables[0].base,
                     c.tables[0].walk_disabled ? " (EPD0)" : "", c.tables[1].base,
                     c.tables[1].walk_disabled ? " (EPD1)" : ""),
         "5.4");
    const std::optional<u64> va = core::canonical_address(c, access_);
    if (!va) {
      step("address", "outside the range of its table, or denied to unprivileged accesses", "3.4.1");
      result({spec::EventId::F_TRANSLATION}, c.fault_model);
      return va;
    }
    const core::TranslationTable& table = core::table_of(c, *va);
    granule_ = table.granule;
    const unsigned which = *va >> 55 & 1;
    if (table.walk_disabled) {
      step("address",
           fmt::format("TTB{0} is meant, but CD.EPD{0} is 1: no walk, F_TRANSLATION unless a TLB holds it",
                       which),
           "5.4");
      return va;
    }
    step("address",
         fmt::format("TTB{} translates it, {} bits of input, {} KB granule", which, table.input_bits,
                     1u << (core::log2_bytes(granule_) - 10)),
         "3.4.1");
    return va;
  }

  void translate(const Configuration& found) {
    const std::optional<u64> address = input(found);
    if (!address) return;
    const core::Regime regime = core::regime_of(found);
    std::optional<core::Translation> held = tlb(core::lookup_key(regime, *address));
    if (!held) {
      if (regime.stage1 != nullptr && !core::table_of(*regime.stage1, *address).walk_disabled)
        walk_cache(*regime.stage1, *address);
      core::Walker walker(memory_, empty_, stage2_, platform_.smmu().config().features.oas_bits, facts_);
      core::WalkRequest request = core::walk_request(access_, *address);
      // What is permitted is judged below, for each kind of access asked for.
      request.probe = request.by_exec = true;
      const core::WalkResult walked = walker.walk(0, regime, request);
      if (walked.fault) {
        if (found.stream.eats != spec::ste::kEatsAbort)
          refused_request(core::answer_translation_fault(
              *walked.fault, view_.registers.flag(spec::offset::CR2, spec::CR2::REC_CFG_ATS)));
        return result(*walked.fault, found.model(*walked.fault));
      }
      held = walked.translation;
    }
    step("rights", rights_text(held->rights), "13.4");
    if (request_.read) permit("read", false, false, *held, *address, found);
    if (request_.write) permit("write", true, false, *held, *address, found);
    if (request_.exec) permit("instruction read", false, true, *held, *address, found);
    ats(found, *address, *held);
  }

  // What a Translation Request for the same address is answered, and what becomes of its Translated access.
  void ats(const Configuration& found, u64 address, const core::Translation& pa) {
    if (found.stream.eats == spec::ste::kEatsAbort) return;
    const bool split = found.stream.eats == spec::ste::kEatsSplit;
    const core::Translation t = split && found.stage1 ? walked_silently(found, address) : pa;
    const bool pasid = access_.ssv;
    const core::AtsPermissions p =
        core::granted(t.rights, found.stream, pasid && request_.exec, pasid && request_.priv);
    if (!p.read && !p.write) return step("ATS", "Success without rights", "3.9.1.2");
    const u64 inside = (u64{1} << t.log2_size) - 1;
    step("ATS",
         fmt::format("Success, {} {:#x}, {} KB, {}{}{}; a Translated access to it {}", split ? "IPA" : "PA",
                     split ? ipa_ & ~inside : t.pa, (inside + 1) >> 10, p.read ? "R" : "", p.write ? "W" : "",
                     p.exec ? "X" : "", split ? "is translated by stage 2" : "passes as it is"),
         split ? "13.6.3" : "13.7.1");
  }

  void refused_request(const core::AtsDecision& answer) {
    if (!platform_.smmu().config().features.ats) return;
    const std::string_view status = answer.status == core::AtsStatus::kSuccess ? "Success without rights"
                                    : answer.status == core::AtsStatus::kCompleterAbort
                                        ? "Completer Abort"
                                        : "Unsupported Request";
    step("ATS",
         fmt::format("{}, {}", status,
                     answer.event ? spec::find_event(static_cast<u64>(*answer.event))->name : "no record"),
         "3.9.1.2");
  }

  // Split-stage ATS walks whatever the TLB holds, since an entry of both stages tells no IPA.
  core::Translation walked_silently(const Configuration& found, u64 address) {
    const trace::Bus silent([] { return u64{0}; });
    const unsigned oas_bits = platform_.smmu().config().features.oas_bits;
    core::Stage2Walker stage2(memory_, empty_, oas_bits, silent);
    core::WalkRequest request = core::ats_request(access_, address, found.stream);
    request.write = request_.write;
    const core::WalkResult walked =
        core::Walker(memory_, empty_, stage2, oas_bits, silent).walk(0, core::regime_of(found), request);
    ipa_ = walked.ipa;
    return walked.fault ? core::Translation{} : walked.translation;
  }

  void permit(std::string_view what, bool write, bool exec, const core::Translation& t, u64 va,
              const Configuration& found) {
    access_.write = write;
    access_.exec = exec;
    if (!core::allows(t.rights, access_)) {
      step(what, "not permitted", "13.4");
      const core::Fault refused{spec::EventId::F_PERMISSION};
      return result(refused, found.model(refused));
    }
    step(what, fmt::format("permitted: goes to {:#x}", t.pa + (va - t.va)), "");
  }

  // What the TLB of the stream's TBU holds for the address.
  std::optional<core::Translation> tlb(const core::LookupKey& key) {
    const unsigned tbu = platform_.tbu_of(request_.sid).value_or(0);
    const core::ReferenceCache* contents = platform_.tlb_contents(tbu);
    if (contents == nullptr) {
      step(fmt::format("TLB of TBU {}", tbu), "in RTL: not visible here; taken as a miss", "3.17");
      return std::nullopt;
    }
    const std::optional<core::Translation> held = held_for(*contents, key);
    step(fmt::format("TLB of TBU {}", tbu), held ? "hit: " + translation_text(*held) : "miss", "3.17");
    return held;
  }

  void walk_cache(const core::Context& c, u64 va) {
    const auto g = static_cast<spec::vmsa::Granule>(granule_);
    const int start = spec::vmsa::start_level(g, core::table_of(c, va).input_bits);
    for (int level = static_cast<int>(spec::vmsa::kLastLevel); level > start; --level) {
      const core::TablePointer* table =
          view_.walk_cache.find({c.world, c.vmid, c.asid}, va, spec::vmsa::level_shift(g, level - 1));
      if (table == nullptr) continue;
      return step("walk cache",
                  fmt::format("hit: the walk starts at level {}, table {:#x}", level, table->address),
                  "3.21.1");
    }
    step("walk cache", "miss: the walk starts at the top", "3.21.1");
  }

  const Platform& platform_;
  const ExplainRequest& request_;
  const smmu::Smmu::Inspection view_;
  StillMemory memory_;
  trace::Bus facts_, stage2_facts_;
  core::WalkCache empty_;
  core::Stage2Walker stage2_;
  core::Access access_;
  core::Granule granule_ = core::Granule::k4K, stage2_granule_ = core::Granule::k4K;
  bool skips_stage1_ = false;  // unless there is a SubstreamID
  u64 ipa_ = 0;                // of a Translation Request's completion
  std::string out_;
  unsigned steps_ = 0;
};

}  // namespace

std::string explain(const Platform& platform, const ExplainRequest& request) {
  return Explanation(platform, request).text();
}

}  // namespace smmu_vp::tb
