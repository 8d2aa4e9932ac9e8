// Ordinary accesses and prefetches, and what all requests share: overrides, input
// addresses, TLB lookups and walks.
#include "tlm/core/translator.h"

#include "tlm/core/attributes.h"

namespace smmu_vp::core {

using spec::Access;
using enum spec::EventId;

namespace {

// The type at the first stage (13.4). Nearly always nobody supplies or overrides anything.
spec::MemoryType input_type(const StreamConfig& stream, spec::MemoryType supplied) {
  if (supplied == spec::MemoryType{} && stream.overrides == AttributeOverrides{}) return supplied;
  return overridden(supplied, stream.overrides);
}

// What the stages make of it: stage 1 replaces all but allocation hints (13.4.2), of which the default type has all.
spec::MemoryType output_type(const Configuration& found, const Translation& t, spec::MemoryType input) {
  const spec::MemoryType given{t.memory_attributes, t.shareability};
  if (!found.stage1)
    return combined(input, {given.attributes, given.shareability, found.stream.s2.forces_attributes});
  return input.attributes == spec::MemoryType{}.attributes ? given : with_hints_of(given, input);
}

}  // namespace

Decision Translator::untranslated(const Access& incoming, spec::MemoryType supplied) {
  if (!registers_.smmu_enabled()) return bypass_disabled(incoming, supplied);
  const ConfigRef found = port_.configuration(incoming.who);
  const Access access = overridden(found->stream, incoming);
  if (found->fault) return fault(access, *found->fault, found->model(*found->fault), found->stream.mev);
  if (found->stream.path == StreamConfig::Path::kAbort)
    return abort(access, Decision::Silently::kConfigAbort);  // 5.2 Config
  return through_stages(*found, access, input_type(found->stream, supplied));
}

// GBPA takes the place of an STE (6.3.14); its fields are encoded as the STE's.
Decision Translator::bypass_disabled(const Access& incoming, spec::MemoryType supplied) {
  const u32 gbpa = registers_.word(spec::offset::GBPA);
  if (spec::GBPA::ABORT.get(gbpa) != 0) return abort(incoming, Decision::Silently::kGbpaAbort);
  if (!within_output_size(incoming.address)) return abort(incoming, Decision::Silently::kAddressSize);  // 3.4
  StreamConfig overrides;
  overrides.privcfg = static_cast<u8>(spec::GBPA::PRIVCFG.get(gbpa));
  overrides.instcfg = static_cast<u8>(spec::GBPA::INSTCFG.get(gbpa));
  if (features_.attr_types_ovr) {
    overrides.overrides = {.type = spec::GBPA::MTCFG.get(gbpa) != 0,
                           .mem_attr = static_cast<u8>(spec::GBPA::MemAttr.get(gbpa)),
                           .alloccfg = static_cast<u8>(spec::GBPA::ALLOCCFG.get(gbpa)),
                           .shcfg = static_cast<u8>(spec::GBPA::SHCFG.get(gbpa))};
  }
  return pass(overridden(overrides, incoming), incoming.address, input_type(overrides, supplied));
}

// Translates through the stages that `found` enables; `found` has no fault.
Decision Translator::through_stages(const Configuration& found, const Access& access,
                                    spec::MemoryType input) {
  const bool mev = found.stream.mev;
  const std::optional<u64> address = input_address(found, access);
  if (!address && found.stage1) return fault(access, {F_TRANSLATION}, found.context.fault_model, mev);
  if (!address) return fault(access, {F_ADDR_SIZE}, {}, mev);  // without stage 1 it always aborts (3.12)
  if (!found.translates()) return pass(access, *address, input);

  const WalkResult to = translate(regime_of(found), walk_request(access, *address));
  if (to.fault) return fault(access, *to.fault, found.model(*to.fault), mev);
  return pass(access, to.translation.pa + (*address - to.translation.va),
              output_type(found, to.translation, input), found.stage1 ? found.context.asid : u16{0});
}

bool Translator::prefetch(const Access& incoming) {
  const ConfigRef found = port_.configuration(incoming.who);
  if (found->fault || !found->translates()) return false;
  const Access access = overridden(found->stream, incoming);
  const std::optional<u64> address = input_address(*found, access);
  return address && !translate(regime_of(*found), walk_request(access, *address)).fault;
}

// If no STE was found, nothing is overridden. A write is always a data access (13.7).
Access Translator::overridden(const StreamConfig& stream, const Access& incoming) {
  Access out = incoming;
  out.intent.priv = overridden_priv(stream, incoming.intent.priv);
  out.intent.exec = !incoming.intent.write && overridden_exec(stream, incoming.intent.exec);
  if (out.intent != incoming.intent) port_.overridden(stream, incoming.intent, out.intent);
  return out;
}

// The input address of the first stage, or nothing when it is out of range (3.4, 3.4.1).
std::optional<u64> Translator::input_address(const Configuration& found, const Access& access) const {
  if (found.stage1) return canonical_address(found.context, access);
  return within_output_size(access.address) ? std::optional(access.address) : std::nullopt;
}

// From the TLB, or from a walk where the TLB cannot answer.
WalkResult Translator::translate(const Regime& regime, const WalkRequest& request) {
  const LookupKey key = lookup_key(regime, request.address);
  const LookupResult found = port_.lookup(key);
  const bool hit = found.status == LookupStatus::kHit;
  if (hit && allows(found.entry.rights, request.intent)) return {.fault = {}, .translation = found.entry};
  // A hit that still needs a walk does not count as satisfied by the TLB (10.3).
  if (!hit || walk_tells_more(regime, request)) port_.tlb_missed();
  return miss(regime, request, key, found);
}

// Continues after a TLB lookup that missed or does not allow the access (docs/ordering.md, rule 4).
WalkResult Translator::miss(const Regime& regime, const WalkRequest& request, const LookupKey& key,
                            LookupResult found) {
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

Decision Translator::pass(const Access& access, u64 pa, spec::MemoryType type, u16 asid) const {
  return {.outcome = Decision::Outcome::kPass, .access = access, .type = type, .pa = pa, .asid = asid};
}

Decision Translator::abort(const Access& access, Decision::Silently why) const {
  return {.outcome = Decision::Outcome::kAbort, .silently = why, .access = access};
}

Decision Translator::fault(const Access& access, const Fault& met, const FaultModel& model, bool mev) const {
  return {.outcome = Decision::Outcome::kFault,
          .access = access,
          .fault = met,
          .model = model,
          .response = respond(met, model, registers_.recinvsid()),
          .mergeable = mev};
}

}  // namespace smmu_vp::core
