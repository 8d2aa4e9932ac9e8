// ATS: Translation Requests and Translated transactions (3.9.1, 13.6, 13.7).
#include "tlm/smmu/tbu.h"

#include <algorithm>

namespace smmu_vp::smmu {

using core::Access;
using core::AtsStatus;
using transport::AtsTranslation;
using transport::DmaExtension;
using transport::DmaStatus;
namespace reg = spec::offset;

// The smallest granule there is (3.9.1).
unsigned Tbu::smallest_translation_unit() const {
  const core::SmmuFeatures& f = state_.config.features;
  return f.granule_4k ? 12 : f.granule_16k ? 14 : 16;
}

void Tbu::translation_request(tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const Transactions::InFlight transaction(state_.transactions);
  const u64 number = transaction.number();
  ++state_.counters.translation_requests;
  ext.transaction = number;
  Access access = access_of(payload, ext);
  access.write = !ext.no_write;
  // Without a PASID there is neither Priv nor Exe (13.7.1).
  access.priv = access.ssv && ext.priv;
  access.exec = access.ssv && ext.exec;
  state_.count(spec::pmcg::Event::kTransaction, access.sid);
  state_.count(spec::pmcg::Event::kAtsRequest, access.sid);
  announce_begin(number, access, name_of(ext.at), payload.get_data_length());

  // Whatever the answer, the request itself was delivered and completed.
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  const auto most =
      static_cast<u8>(std::clamp<unsigned>(ext.translations_asked, 1, 1 + transport::AtsFollowing::kMost));
  const Answer first = answer(number, access, most, Tcu::Cause::kTransaction);
  if (first.record) events_.record(*first.record);
  ext.translation = first.translation;
  switch (first.status) {
    case AtsStatus::kSuccess:
      ext.status = DmaStatus::kSuccess;
      answer_following(number, access, most - 1u, ext);
      return end(number, "ok");
    case AtsStatus::kUnsupportedRequest:
      ext.status = DmaStatus::kUnsupportedRequest;
      return end(number, "unsupported_request");
    case AtsStatus::kCompleterAbort:
      ext.status = DmaStatus::kCompleterAbort;
      return end(number, "completer_abort");
  }
}

// The ranges behind the first, as long as they have its size: entries of one completion do (PCIe 10.2.3). No
// access is said of a smallest translation unit only (3.9.1.2), and what cannot be answered ends the list
// without a record, as the request has its answer.
void Tbu::answer_following(u64 transaction, Access access, unsigned most, DmaExtension& ext) {
  const u8 log2_size = ext.translation.log2_size;
  const u64 size = u64{1} << log2_size;
  access.address &= ~(size - 1);
  const auto fits = [log2_size](const Answer& a) {
    return a.status == AtsStatus::kSuccess && a.translation.log2_size == log2_size;
  };
  u8& count = ext.following.count;
  for (count = 0; count < most && access.address + size > access.address; ++count) {
    access.address += size;
    // A look first: a page that the completion cannot carry must not be dirtied for it (3.13.7.1).
    Access look = access;
    look.write = false;
    Answer next = answer(transaction, look, 1, Tcu::Cause::kOther);
    if (access.write && fits(next)) next = answer(transaction, access, 1, Tcu::Cause::kOther);
    if (!fits(next)) return;
    ext.following.entries[count] = next.translation;
  }
}

Tbu::Answer Tbu::answer(u64 transaction, const Access& access, u8 translations, Tcu::Cause cause) {
  const bool enabled = state_.registers.smmu_enabled();
  const core::ConfigRef found =
      enabled ? tcu_.configuration(access.sid, access.ssv, access.ssid, cause) : core::ConfigRef{};
  const auto unit = static_cast<u8>(smallest_translation_unit());
  const u64 base = access.address & ~((u64{1} << unit) - 1);
  Answer out;
  out.translation = {.address = base, .log2_size = unit, .priv = access.priv};  // R = W = 0
  Access asked = access;
  if (enabled) override_attributes(found->stream, asked);
  const auto refuse = [&](const core::AtsDecision& decision, const core::Fault& fault) {
    out.status = decision.status;
    if (decision.event) out.record = core::event_record(fault, asked);
  };

  const core::AtsDecision decision =
      core::decide_translation_request(enabled ? &*found : nullptr, state_.rec_cfg_ats(), state_.recinvsid());
  if (decision.event == spec::EventId::F_BAD_ATS_TREQ) {
    out.status = decision.status;
    out.record = core::bad_translation_request(access, translations);
    return out;
  }
  if (!decision.translate) {
    refuse(decision, found->fault.value_or(core::Fault{}));
    return out;
  }

  const std::optional<u64> address = input_address(*found, asked);
  if (!found->translates()) {
    // S1DSS skips the only stage: the address itself, readable and writable (13.6.4).
    out.translation.read = out.translation.write = address.has_value();
    return out;
  }
  if (!address) return out;  // such faults a request does not record (3.9.1.2)
  const Completion to =
      complete(transaction, access.sid, *found, core::ats_request(asked, *address, found->stream), cause);
  if (to.fault) {
    refuse(core::answer_translation_fault(*to.fault, state_.rec_cfg_ats()), *to.fault);
    return out;
  }
  const core::AtsPermissions p =
      core::granted(to.translation.rights, found->stream, access.exec, access.priv);
  if (!p.read && !p.write) return out;
  out.translation.address = to.address;
  out.translation.log2_size = to.translation.log2_size;
  out.translation.read = p.read;
  out.translation.write = p.write;
  out.translation.exec = p.exec;
  return out;
}

Tbu::Completion Tbu::complete(u64 transaction, u32 sid, const core::Configuration& found,
                              const core::WalkRequest& request, Tcu::Cause cause) {
  const core::Regime regime = core::regime_of(found);
  const bool split = found.stream.eats == spec::ste::kEatsSplit;
  if (split && found.stage1) {
    // A TLB entry of both stages does not tell the IPA between them, so these are walked each time.
    if (cause == Tcu::Cause::kTransaction) state_.count(spec::pmcg::Event::kTlbMiss, sid);
    const core::WalkResult walked = tcu_.walk(transaction, sid, regime, request);
    const u64 inside = (u64{1} << walked.translation.log2_size) - 1;
    return {walked.fault, walked.translation, walked.ipa & ~inside};
  }
  core::LookupResult there;
  const auto met = look_up(transaction, sid, regime, request, cause, there);
  // Where split-stage ATS skips stage 1, the request names the IPA itself (13.6.5).
  const core::Translation& t = there.entry;
  return {met, t, split ? t.va : t.pa};
}

// 3.9.1.3.
bool Tbu::translated(tlm::tlm_generic_payload& payload, DmaExtension& ext, sc_core::sc_time& delay) {
  Transactions::InFlight transaction(state_.transactions);
  const u64 number = transaction.number();
  ++state_.counters.translated;
  ext.transaction = number;
  // IDR3.PASIDTT is 0: a PASID on a Translated transaction is not looked at.
  Access access = access_of(payload, ext);
  state_.count(spec::pmcg::Event::kTransaction, access.sid);
  state_.count(spec::pmcg::Event::kAtsTranslated, access.sid);
  announce_begin(number, access, name_of(ext.at), payload.get_data_length());
  access.ssv = access.priv = access.exec = false;

  const core::RegisterFile& r = state_.registers;
  const bool checked = r.smmu_enabled() && r.flag(reg::CR0, spec::CR0::ATSCHK);
  const core::ConfigRef found = checked ? tcu_.stream_configuration(access.sid) : core::ConfigRef{};
  const core::TranslatedDecision decision = core::decide_translated(
      r.smmu_enabled(), state_.config.features.ats, checked ? &*found : nullptr, state_.rec_cfg_ats());
  Decision to{Verdict::kAbort};
  if (decision.event) {
    const u64 fetch = checked && found->fault ? found->fault->fetch_address : 0;
    events_.record(core::event_record({*decision.event, fetch}, access), checked && found->stream.mev);
  } else if (decision.ipa) {
    override_attributes(found->stream, access);  // 13.7
    to = through_stages(transaction, *found, access);
  } else if (decision.pass && access.address < state_.address_limit()) {
    to = {Verdict::kPass, access.address};
  }  // an address wider than the output size aborts without a record (3.9.1.1)
  if (to.verdict != Verdict::kPass) {
    abort(payload, ext);
    end(number, "aborted");
    return false;
  }
  access.ssv = ext.has_pasid;
  if (decision.ipa)
    pass_overridden(number, access, to, payload, ext, delay);
  else
    pass(number, access, 0, to.pa, payload, ext, delay);
  return payload.is_response_ok();
}

}  // namespace smmu_vp::smmu
