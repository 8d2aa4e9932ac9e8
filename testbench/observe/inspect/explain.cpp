// Asks core::Translator as the SMMU does, and turns its answers into text. Nothing is decided here.
#include "testbench/observe/inspect/explain.h"

#include <fmt/format.h>

#include "testbench/observe/inspect/describe.h"
#include "testbench/observe/inspect/still_port.h"

namespace smmu_vp::tb {

using core::Decision;
using spec::Intent;

namespace {

std::string heading(const ExplainRequest& r) {
  return fmt::format("explain {}: StreamID {:#x}, {}, address {:#x}{}\n", r.text, r.sid,
                     r.ssid ? fmt::format("SubstreamID {}", *r.ssid) : "no SubstreamID", r.va,
                     r.priv ? ", privileged" : "");
}

const spec::EventInfo& info(spec::EventId event) {
  return *spec::find_event(static_cast<u64>(event));
}

class Explanation {
 public:
  Explanation(const StillSmmu& smmu, const ExplainRequest& request)
      : smmu_(smmu), request_(request), narration_(heading(request)) {}

  Explained run() {
    if (smmu_.state.registers.smmu_enabled())
      narration_.step("CR0.SMMUEN", "1: the stream table decides", "6.3.9");
    else
      narration_.step("CR0.SMMUEN", "0: GBPA decides", "6.3.14");
    if (request_.read) access("read", {.read = true, .priv = request_.priv});
    if (request_.write) access("write", {.write = true, .priv = request_.priv});
    if (request_.exec) access("instruction read", {.read = true, .exec = true, .priv = request_.priv});
    if (smmu_.config.features.ats) translation_request();
    out_.text = narration_.text();
    return std::move(out_);
  }

 private:
  core::Translator<StillPort> translator(StillPort& port) const {
    return {smmu_.state.registers, smmu_.config.features, port};
  }
  spec::Access asked(const Intent& intent) const {
    return {.who = {request_.sid, request_.ssid}, .address = request_.va, .intent = intent};
  }

  void access(std::string_view kind, const Intent& intent) {
    StillPort port(smmu_, &narration_);
    const Decision d = translator(port).untranslated(asked(intent), smmu_.supplied);
    if (port.translation()) narration_.step("rights", rights_text(port.translation()->rights), "13.4");
    switch (d.outcome) {
      case Decision::Outcome::kPass:
        passes(kind, d, port);
        break;
      case Decision::Outcome::kAbort:
        narration_.step("result", silently(d.silently) + ": aborted, not recorded", section(d.silently));
        break;
      case Decision::Outcome::kFault:
        faults(kind, d, port);
        break;
    }
    narration_.next_question();
    out_.accesses.push_back(d);
  }

  void passes(std::string_view kind, const Decision& d, const StillPort& port) {
    if (port.translation())
      narration_.step(kind, fmt::format("permitted: goes to {:#x}", d.pa), "");
    else if (!port.found())
      narration_.step("result", fmt::format("passes to {:#x}", d.pa), "6.3.14");
    else
      narration_.step("result",
                      fmt::format("no stage translates{}: passes to {:#x}", bypass_text(*port.found()), d.pa),
                      "3.4");
    narration_.step(
        "attributes",
        fmt::format("{}, {}, {}", memory_type_text(d.type), d.access.intent.exec ? "instruction" : "data",
                    d.access.intent.priv ? "privileged" : "unprivileged"),
        port.found() ? "13.4" : "13.2");
  }

  std::string silently(Decision::Silently why) const {
    using enum Decision::Silently;
    switch (why) {
      case kGbpaAbort:
        return "GBPA.ABORT is 1";
      case kAddressSize:
        return fmt::format("the address has more than {} bits", smmu_.config.features.oas_bits);
      case kConfigAbort:
        return "STE.Config 0b000";
      case kNotRecordable:
        return "CR2.REC_CFG_ATS is 0";
      case kNo:
        break;
    }
    return "";
  }

  static std::string_view section(Decision::Silently why) {
    using enum Decision::Silently;
    switch (why) {
      case kGbpaAbort:
        return "6.3.14";
      case kAddressSize:
        return "3.4";
      case kConfigAbort:
        return "5.2";
      case kNotRecordable:
      case kNo:
        break;
    }
    return "3.9.1.3";
  }

  void faults(std::string_view kind, const Decision& d, const StillPort& port) {
    const core::Configuration& found = *port.found();
    if (d.met->fault.event == spec::EventId::F_PERMISSION) narration_.step(kind, "not permitted", "13.4");
    if (!found.fault && found.stage1 && !port.looked_up()) {
      narration_.step("context", context_text(found.context), "5.4");
      narration_.step("address", "outside the range of its table, or denied to unprivileged accesses",
                      "3.4.1");
    }
    const core::FaultResponse& r = d.met->response;
    narration_.step("result",
                    fmt::format("{} ({:#04x}): {}, {}{}", info(d.met->fault.event).name,
                                static_cast<unsigned>(d.met->fault.event),
                                r.stall    ? "stalls"
                                : r.raz_wi ? "reads as zero, writes ignored"
                                           : "aborted",
                                r.stall || r.record ? "recorded" : "not recorded", cause(d, found)),
                    info(d.met->fault.event).section);
  }

  // The register fields that determine the response (3.12, 5.5, 7.3.3).
  std::string cause(const Decision& d, const core::Configuration& found) const {
    if (d.met->fault.event == spec::EventId::C_BAD_STREAMID)
      return fmt::format(", as CR2.RECINVSID is {:d}", smmu_.state.registers.recinvsid());
    if (!core::translation_related(d.met->fault.event)) return "";
    if (d.met->fault.s2)
      return fmt::format(", as STE.S2S is {:d}, S2R {:d}", d.met->model.stall, d.met->model.record);
    if (!found.stage1) return ", as always without stage 1";
    return fmt::format(", as CD.S is {:d}, R {:d}, A {:d}", d.met->model.stall, d.met->model.record,
                       d.met->model.abort);
  }

  // The answer to a Translation Request for the same address, and what happens to its Translated access.
  void translation_request() {
    StillPort port(smmu_, nullptr);
    const bool pasid = request_.ssid.has_value();
    out_.ats = translator(port).translation_request(asked({.read = true,
                                                           .write = request_.write,
                                                           .exec = pasid && request_.exec,
                                                           .priv = pasid && request_.priv}),
                                                    1);
    const spec::AtsTranslation& t = out_.ats->translation;
    if (!t.read && !t.write) return refused(*out_.ats);
    const core::StreamConfig& stream = port.found()->stream;
    const bool split = stream.eats == spec::ste::kEatsSplit;
    narration_.step(
        "ATS",
        fmt::format("Success, {} {:#x}, {} KB, {}{}{}; a Translated access to it {}", split ? "IPA" : "PA",
                    t.address, (u64{1} << t.log2_size) >> 10, t.read ? "R" : "", t.write ? "W" : "",
                    t.exec ? "X" : "", translated_access(t)),
        split                        ? "13.6.3"
        : port.found()->translates() ? "13.7.1"
                                     : "13.6.4");
  }

  void refused(const core::AtsAnswer& answer) {
    const std::string_view status = answer.status == core::AtsStatus::kSuccess ? "Success without rights"
                                    : answer.status == core::AtsStatus::kCompleterAbort
                                        ? "Completer Abort"
                                        : "Unsupported Request";
    narration_.step("ATS", fmt::format("{}, {}", status, recorded(answer.record)), "3.9.1.2");
  }

  static std::string recorded(const std::optional<spec::Event>& record) {
    return record ? info(static_cast<spec::EventId>(spec::evt::Type.get(record->w))).name : "no record";
  }

  std::string translated_access(const spec::AtsTranslation& t) {
    StillPort port(smmu_, nullptr);
    out_.translated = translator(port).translated(
        {.who = {request_.sid, {}}, .address = t.address, .intent = {.read = t.read, .write = !t.read}},
        smmu_.supplied);
    const Decision& d = *out_.translated;
    if (d.outcome == Decision::Outcome::kAbort) return "is aborted, as " + silently(d.silently);
    if (d.outcome == Decision::Outcome::kFault)
      return fmt::format("is aborted, {}{}", info(d.met->fault.event).name,
                         d.met->response.record ? "" : ", no record");
    return port.translation() ? "is translated by stage 2" : "passes unchanged";
  }

  const StillSmmu& smmu_;
  const ExplainRequest& request_;
  Narration narration_;
  Explained out_;
};

}  // namespace

Explained explain(const StillSmmu& smmu, const ExplainRequest& request) {
  return Explanation(smmu, request).run();
}

std::string explain(const Platform& platform, const ExplainRequest& request) {
  const unsigned tbu = platform.tbu_of(request.sid).value_or(0);
  const StillSmmu smmu{.config = platform.smmu().config(),
                       .state = platform.smmu().inspect(),
                       .memory = look_at(platform.ram()),
                       .tbu = tbu,
                       .tlb = platform.tlb_contents(tbu),
                       .supplied = platform.supplied_type(request.sid)};
  return explain(smmu, request).text;
}

}  // namespace smmu_vp::tb
