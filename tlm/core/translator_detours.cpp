// Bypass, walks and faults.
#include "tlm/core/translator_detours.h"

namespace smmu_vp::core {

using enum spec::EventId;

// GBPA takes the place of an STE (6.3.14); its fields are encoded as the STE's.
void TranslatorDetours::bypass_disabled(Decision& out, MemoryType supplied) {
  const u32 gbpa = registers_.word(spec::offset::GBPA);
  if (spec::GBPA::ABORT.get(gbpa) != 0) {
    out.silently = Decision::Silently::kGbpaAbort;
  } else if (out.access.address >> features_.oas_bits != 0) {
    out.silently = Decision::Silently::kAddressSize;  // 3.4
  } else {
    StreamConfig overrides;
    overrides.privcfg = static_cast<u8>(spec::GBPA::PRIVCFG.get(gbpa));
    overrides.instcfg = static_cast<u8>(spec::GBPA::INSTCFG.get(gbpa));
    if (features_.attr_types_ovr) {
      overrides.overrides = {.type = spec::GBPA::MTCFG.get(gbpa) != 0,
                             .mem_attr = static_cast<u8>(spec::GBPA::MemAttr.get(gbpa)),
                             .alloccfg = static_cast<u8>(spec::GBPA::ALLOCCFG.get(gbpa)),
                             .shcfg = static_cast<u8>(spec::GBPA::SHCFG.get(gbpa))};
    }
    override_intent(overrides, out.access.intent);
    out.pass(out.access.address, input_type(supplied, overrides.overrides));
  }
}

void TranslatorDetours::fault(Decision& out, const Fault& met, const FaultModel& model, bool mev) const {
  out.outcome = Decision::Outcome::kFault;
  out.met = {.fault = met,
             .model = model,
             .response = respond(met, model, registers_.recinvsid()),
             .mergeable = mev};
}

void TranslatorDetours::out_of_range(Decision& out, const Configuration& found) const {
  if (found.stage1) return fault(out, {F_TRANSLATION}, found.context.fault_model, found.stream.mev);
  fault(out, {F_ADDR_SIZE}, {}, found.stream.mev);  // without stage 1 it always aborts (3.12)
}

void TranslatorDetours::refuse(Decision& out, const TranslatedDecision& check,
                               const Configuration* found) const {
  const bool in_error = found != nullptr && found->fault;
  if (check.way == TranslatedDecision::Way::kAbort) {
    out.silently = in_error ? Decision::Silently::kNotRecordable : Decision::Silently::kConfigAbort;
    return;
  }
  fault(out, in_error ? *found->fault : Fault{check.event}, {}, found != nullptr && found->stream.mev);
  out.met->response = {.record = true};  // whatever RECINVSID says
}

void TranslatorDetours::override_intent(const StreamConfig& stream, spec::Intent& intent) {
  const spec::Intent incoming = intent;
  intent.priv = overridden_priv(stream, incoming.priv);
  intent.exec = !incoming.write && overridden_exec(stream, incoming.exec);
  if (intent != incoming) port_.overridden(stream, incoming, intent);
}

WalkResult TranslatorDetours::miss(const Configuration& config, const WalkRequest& request,
                                   const LookupKey& key, const LookupResult& answer) {
  LookupResult found = answer;
  const Regime regime = regime_of(config);
  // A hit that still needs a walk does not count as satisfied by the TLB (10.3).
  if (found.status != LookupStatus::kHit || walk_tells_more(regime, request)) port_.tlb_missed();
  for (;;) {
    switch (found.status) {
      case LookupStatus::kHit:
        if (allows(found.entry.rights, request.intent)) return {.fault = {}, .translation = found.entry};
        if (!walk_tells_more(regime, request))
          return {.fault = request.probe ? std::nullopt : std::optional(Fault{F_PERMISSION}),
                  .translation = found.entry};
        // A walk replaces the entry, to find which stage refuses or that the page is writable-clean.
        port_.drop(page_of(key, found.entry));
        found = port_.lookup(key);
        break;
      case LookupStatus::kMiss: {
        const WalkResult walked = port_.walk(regime, request);
        // The cache drops the fill if an invalidation came meanwhile. This transaction may still use the
        // translation, because CMD_SYNC waits for it (rule 2).
        port_.fill(found.mshr, walked.cacheable ? &walked.translation : nullptr);
        return walked;
      }
      case LookupStatus::kMerged:
      case LookupStatus::kFull:
        found = port_.wait_and_look_up(key, found);
        break;
    }
  }
}

}  // namespace smmu_vp::core
