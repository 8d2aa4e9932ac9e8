// The Translator's answers to Translation Requests (3.9.1, 13.6, 13.7). Included by translator.h.
#pragma once

#include "tlm/core/event_record.h"
#include "tlm/core/translator.h"

namespace smmu_vp::core {

// The STU: the smallest supported granule (3.9.1).
inline u8 log2_stu(const SmmuFeatures& f) {
  return f.granule_4k ? 12 : f.granule_16k ? 14 : 16;
}

template <std::derived_from<TranslationPort> Port>
[[gnu::always_inline]] inline AtsAnswer Translator<Port>::translation_request(const Access& asked,
                                                                              u8 translations) {
  const bool enabled = registers_.smmu_enabled();
  const ConfigRef found = enabled ? port_.configuration(asked.who) : ConfigRef{};
  Access access = asked;
  if (enabled) override_intent(found->stream, access.intent);

  // The default answer grants no access to one smallest translation unit (3.9.1.2).
  AtsAnswer out;
  spec::AtsTranslation& t = out.translation;
  t.log2_size = log2_stu(features_);
  t.address = asked.address & ~low_bits(t.log2_size);
  t.priv = asked.intent.priv;

  const AtsDecision service = decide_translation_request(enabled ? &*found : nullptr,
                                                         registers_.rec_cfg_ats(), registers_.recinvsid());
  out.status = service.status;
  if (service.event == spec::EventId::F_BAD_ATS_TREQ)
    out.record = bad_translation_request(asked, translations);
  else if (service.event)
    out.record = event_record(*found->fault, access);
  if (!service.translate) return out;

  const std::optional<u64> address = input_address(*found, access);
  if (!address) return out;  // a request does not record such faults (3.9.1.2)
  if (!found->translates()) {
    // S1DSS bypasses stage 1, the only stage: the address is unchanged, readable and writable (13.6.4).
    t.read = t.write = true;
    return out;
  }
  const Completed to = complete(*found, ats_request(access, *address, found->stream));
  if (to.fault) {
    const AtsDecision answer = answer_translation_fault(*to.fault, registers_.rec_cfg_ats());
    out.status = answer.status;
    if (answer.event) out.record = event_record(*to.fault, access);
    return out;
  }
  const AtsPermissions p =
      granted(to.translation.rights, found->stream, asked.intent.exec, asked.intent.priv);
  if (!p.read && !p.write) return out;
  t.address = to.address;
  t.log2_size = to.translation.log2_size;
  t.read = p.read;
  t.write = p.write;
  t.exec = p.exec;
  return out;
}

// From the requested address to the address that the completion returns.
template <std::derived_from<TranslationPort> Port>
[[gnu::always_inline]] inline typename Translator<Port>::Completed Translator<Port>::complete(
    const Configuration& found, const WalkRequest& request) {
  const bool split = found.stream.eats == spec::ste::kEatsSplit;
  if (split && found.stage1) {
    // The completion returns the IPA (13.6.3). A TLB entry for both stages does not
    // hold it, so each request walks.
    port_.tlb_missed();
    const WalkResult walked = port_.walk(regime_of(found), request);
    return {walked.fault, walked.translation, walked.ipa & ~low_bits(walked.translation.log2_size)};
  }
  // If split-stage ATS bypasses stage 1, the requested address is the IPA (13.6.5).
  const auto completed = [&](const std::optional<Fault>& fault, const Translation& t) {
    return Completed{fault, t, split ? t.va : t.pa};
  };
  const LookupKey key = lookup_key(found, request.address);
  const LookupResult hit = port_.lookup(key);
  if (answers(hit, request.intent)) return completed({}, hit.entry);
  const WalkResult walked = detours().miss(found, request, key, hit);
  return completed(walked.fault, walked.translation);
}

// Continues while the ranges have the first's size, as all entries of one completion must (PCIe 10.2.3). A
// fault ends the list without a record, as the request already has its answer.
template <std::derived_from<TranslationPort> Port>
std::size_t Translator<Port>::following_translations(Access asked, const spec::AtsTranslation& first,
                                                     std::span<spec::AtsTranslation> out) {
  const u64 size = u64{1} << first.log2_size;
  const auto fits = [&](const AtsAnswer& a) {
    return a.status == AtsStatus::kSuccess && a.translation.log2_size == first.log2_size;
  };
  asked.address &= ~(size - 1);
  std::size_t count = 0;
  for (; count < out.size() && asked.address + size > asked.address; ++count) {
    asked.address += size;
    // First a look without updates: a page that the completion cannot carry must
    // not be marked dirty (3.13.7.1).
    Access look = asked;
    look.intent.write = false;
    AtsAnswer next = translation_request(look, 1);
    if (asked.intent.write && fits(next)) next = translation_request(asked, 1);
    if (!fits(next)) break;
    out[count] = next.translation;
  }
  return count;
}

}  // namespace smmu_vp::core
