// The decisions of the SMMU on a transaction (chapter 15): pass and to which address, abort, or fault; and the answer to
// an ATS Translation Request. Only the flow is here: the TBU adds stalls, records, sockets and time.
//
// The flow knows the type of its port and is inline, so that with the TBU's port an access that its caches answer is
// straight code. What the caches do not answer continues in TranslatorDetours.
#pragma once

#include <concepts>
#include <span>

#include "tlm/core/translator_detours.h"

namespace smmu_vp::core {

template <std::derived_from<TranslationPort> Port>
class Translator {
  using Access = spec::Access;

 public:
  Translator(const RegisterFile& registers, const SmmuFeatures& features, Port& port)
      : registers_(registers), features_(features), port_(port) {}

  // An ordinary access; `supplied` is the memory type that it comes with (13.1.3).
  [[gnu::always_inline]] Decision untranslated(const Access& incoming, MemoryType supplied = {}) {
    Decision out{.access = incoming};
    if (!registers_.smmu_enabled()) {
      detours().bypass_disabled(out, supplied);
      return out;
    }
    const ConfigRef found = port_.configuration(incoming.who);
    override_intent(found->stream, out.access.intent);
    if (found->fault)
      detours().fault(out, *found->fault, found->model(*found->fault), found->stream.mev);
    else if (found->stream.path == StreamConfig::Path::kAbort)
      out.silently = Decision::Silently::kConfigAbort;  // 5.2 Config
    else
      through_stages(out, *found, input_type(supplied, found->stream.overrides));
    return out;
  }

  // An access whose address ATS has translated (3.9.1.3).
  [[gnu::always_inline]] Decision translated(const Access& incoming, MemoryType supplied = {}) {
    using Way = TranslatedDecision::Way;
    Decision out{.access = incoming};
    const bool enabled = registers_.smmu_enabled();
    const bool checked = enabled && registers_.flag(spec::offset::CR0, spec::CR0::ATSCHK);
    const ConfigRef stream = checked ? port_.stream_configuration(incoming.who.sid) : ConfigRef{};
    const Configuration* const found = checked ? &*stream : nullptr;
    const TranslatedDecision check =
        decide_translated(enabled, features_.ats, found, registers_.rec_cfg_ats());
    // Overrides of the memory type do not apply (13.1.4).
    const MemoryType type = input_type(supplied, {});
    // 3.9.1.1; the attributes are passed on unchanged, but for what would be inconsistent (13.1.7).
    if (check.way == Way::kPass && within_output_size(incoming.address)) {
      out.pass(incoming.address, type);
      return out;
    }
    // IDR3.PASIDTT is 0: PnU, InD and SSV are treated as 0 (3.9.1.3).
    out.access.who.pasid.reset();
    out.access.intent.priv = out.access.intent.exec = false;
    if (check.way == Way::kPass) {
      out.silently = Decision::Silently::kAddressSize;
    } else if (check.way == Way::kStage2) {
      override_intent(found->stream, out.access.intent);
      through_stages(out, *found, type);  // 13.6.3
      if (out.outcome == Decision::Outcome::kPass) out.access.who = incoming.who;
    } else {
      detours().refuse(out, check, found);
    }
    return out;
  }

  // A Translation Request (3.9.1.2) for `translations` ranges: the answer for the first of them.
  AtsAnswer translation_request(const Access& asked, u8 translations);
  // The ranges that follow `first`, at most out.size(); returns how many.
  std::size_t following_translations(Access asked, const spec::AtsTranslation& first,
                                     std::span<spec::AtsTranslation> out);

  // Reads as a speculative transaction would: nothing is recorded (3.14, 4.2.2). Returns whether the TLB may
  // now hold the translation.
  bool prefetch(const Access& incoming) {
    const ConfigRef found = port_.configuration(incoming.who);
    if (found->fault || !found->translates()) return false;
    Access access = incoming;
    override_intent(found->stream, access.intent);
    const std::optional<u64> address = input_address(*found, access);
    if (!address) return false;
    const LookupKey key = lookup_key(*found, *address);
    const LookupResult hit = port_.lookup(key);
    return answers(hit, access.intent) ||
           !detours().miss(*found, walk_request(access, *address), key, hit).fault;
  }

 private:
  // The result for a Translation Request; `address` is what its completion returns: a PA, or
  // an IPA with split-stage ATS.
  struct Completed {
    std::optional<Fault> fault;
    Translation translation;
    u64 address = 0;
  };

  // Translates through the stages that `found` enables; `found` has no fault. `input` is the type at the first stage.
  [[gnu::always_inline]] void through_stages(Decision& out, const Configuration& found, MemoryType input) {
    const Access& access = out.access;
    const std::optional<u64> address = input_address(found, access);
    if (!address) return detours().out_of_range(out, found);
    if (!found.translates()) return out.pass(*address, input);

    const LookupKey key = lookup_key(found, *address);
    const LookupResult hit = port_.lookup(key);
    if (answers(hit, access.intent)) return pass(out, found, hit.entry, *address, input);
    const WalkResult to = detours().miss(found, walk_request(access, *address), key, hit);
    if (to.fault) return detours().fault(out, *to.fault, found.model(*to.fault), found.stream.mev);
    pass(out, found, to.translation, *address, input);
  }

  bool within_output_size(u64 address) const { return address >> features_.oas_bits == 0; }
  // The input address of the first stage, or nothing when it is out of range (3.4, 3.4.1).
  std::optional<u64> input_address(const Configuration& found, const Access& access) const {
    if (found.stage1) return canonical_address(found.context, access);
    return within_output_size(access.address) ? std::optional(access.address) : std::nullopt;
  }
  // If no STE was found, nothing is overridden.
  void override_intent(const StreamConfig& stream, spec::Intent& intent) {
    if (overrides_intent(stream) || (intent.write && intent.exec)) detours().override_intent(stream, intent);
  }
  static bool answers(const LookupResult& found, const spec::Intent& intent) {
    return found.status == LookupStatus::kHit && allows(found.entry.rights, intent);
  }
  [[gnu::always_inline]] static void pass(Decision& out, const Configuration& found, const Translation& by,
                                          u64 address, MemoryType input) {
    out.pass(by.output(address), output_type(found, by, input), found.stage1 ? found.context.asid : u16{0});
  }
  // What the stages make of a type: stage 1 replaces all but allocation hints (13.4.2), of which the usual type has all.
  static MemoryType output_type(const Configuration& found, const Translation& by, MemoryType input) {
    const MemoryType given{by.memory_attributes, by.shareability};
    if (!found.stage1)
      return combined(input, {given.attributes, given.shareability, found.stream.s2.forces_attributes});
    return input.attributes == MemoryType{}.attributes ? given : with_hints_of(given, input);
  }

  Completed complete(const Configuration& found, const WalkRequest& request);

  TranslatorDetours detours() { return {registers_, features_, port_}; }

  const RegisterFile& registers_;
  const SmmuFeatures& features_;
  Port& port_;
};

}  // namespace smmu_vp::core

#include "tlm/core/translator_ats.h"
