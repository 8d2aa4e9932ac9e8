// ATS: Translation Requests and Translated accesses (3.9.1, 13.6, 13.7).
#include "tlm/core/attributes.h"
#include "tlm/core/event_record.h"
#include "tlm/core/translator.h"

namespace smmu_vp::core {

using spec::Access;
using spec::AtsTranslation;

namespace {

// The STU: the smallest supported granule (3.9.1).
u8 log2_stu(const SmmuFeatures& f) {
  return f.granule_4k ? 12 : f.granule_16k ? 14 : 16;
}

}  // namespace

AtsAnswer Translator::translation_request(const Access& asked, u8 translations) {
  const bool enabled = registers_.smmu_enabled();
  const ConfigRef found = enabled ? port_.configuration(asked.who) : ConfigRef{};
  const Access access = enabled ? overridden(found->stream, asked) : asked;

  // The default answer grants no access to one smallest translation unit (3.9.1.2).
  AtsAnswer out;
  AtsTranslation& t = out.translation;
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
Translator::Completed Translator::complete(const Configuration& found, const WalkRequest& request) {
  const Regime regime = regime_of(found);
  const bool split = found.stream.eats == spec::ste::kEatsSplit;
  if (split && found.stage1) {
    // The completion returns the IPA (13.6.3). A TLB entry for both stages does not
    // hold it, so each request walks.
    port_.tlb_missed();
    const WalkResult walked = port_.walk(regime, request);
    return {walked.fault, walked.translation, walked.ipa & ~low_bits(walked.translation.log2_size)};
  }
  const WalkResult there = translate(regime, request);
  // If split-stage ATS bypasses stage 1, the requested address is the IPA (13.6.5).
  const Translation& t = there.translation;
  return {there.fault, t, split ? t.va : t.pa};
}

// Continues while the ranges have the first's size, as all entries of one completion must (PCIe 10.2.3). A
// fault ends the list without a record, as the request already has its answer.
std::size_t Translator::following_translations(Access asked, const AtsTranslation& first,
                                               std::span<AtsTranslation> out) {
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

Decision Translator::translated(const Access& incoming, spec::MemoryType supplied) {
  // IDR3.PASIDTT is 0: PnU, InD and SSV are treated as 0 (3.9.1.3).
  Access access = incoming;
  access.who.pasid.reset();
  access.intent.priv = access.intent.exec = false;

  const bool enabled = registers_.smmu_enabled();
  const bool checked = enabled && registers_.flag(spec::offset::CR0, spec::CR0::ATSCHK);
  const ConfigRef found = checked ? port_.stream_configuration(access.who.sid) : ConfigRef{};
  const TranslatedDecision check =
      decide_translated(enabled, features_.ats, checked ? &*found : nullptr, registers_.rec_cfg_ats());
  if (check.event) {
    const bool in_error = checked && found->fault;
    Decision out =
        fault(access, in_error ? *found->fault : Fault{*check.event}, {}, checked && found->stream.mev);
    out.response = {.record = true};  // whatever RECINVSID says
    return out;
  }
  if (!check.pass)
    return abort(access,
                 found->fault ? Decision::Silently::kNotRecordable : Decision::Silently::kConfigAbort);
  if (!check.ipa) {
    // 3.9.1.1; the attributes are passed on unchanged, but for what would be inconsistent (13.1.7).
    return within_output_size(access.address) ? pass(incoming, access.address, consistent(supplied))
                                              : abort(access, Decision::Silently::kAddressSize);
  }
  // 13.6.3; overrides of the memory type do not apply (13.1.4).
  Decision out = through_stages(*found, overridden(found->stream, access), consistent(supplied));
  out.access.who = out.outcome == Decision::Outcome::kPass ? incoming.who : access.who;
  return out;
}

}  // namespace smmu_vp::core
