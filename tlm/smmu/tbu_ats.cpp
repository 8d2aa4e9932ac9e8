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
  state_.count(spec::pmcg::Event::kTransaction, access.sid);
  state_.count(spec::pmcg::Event::kAtsRequest, access.sid);
  announce_begin(number, access, name_of(ext.at), payload.get_data_length());

  // Whatever the answer, the request itself was delivered and completed.
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  switch (answer(number, access, ext)) {
    case AtsStatus::kSuccess:
      ext.status = DmaStatus::kSuccess;
      answer_following(number, access, ext);
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
// access is said of a smallest translation unit only (3.9.1.2), and what cannot be answered ends the list.
void Tbu::answer_following(u64 transaction, Access access, DmaExtension& ext) {
  const AtsTranslation first = ext.translation;
  const u64 size = u64{1} << first.log2_size;
  access.address &= ~(size - 1);
  const unsigned most =
      std::clamp<unsigned>(ext.translations_asked, 1, 1 + transport::AtsFollowing::kMost) - 1;
  for (ext.following.count = 0; ext.following.count < most; ++ext.following.count) {
    access.address += size;
    if (answer(transaction, access, ext) != AtsStatus::kSuccess ||
        ext.translation.log2_size != first.log2_size)
      break;
    ext.following.entries[ext.following.count] = ext.translation;
  }
  ext.translation = first;
}

AtsStatus Tbu::answer(u64 transaction, const Access& access, DmaExtension& ext) {
  const bool enabled = state_.registers.smmu_enabled();
  const core::ConfigRef found =
      enabled ? tcu_.configuration(access.sid, access.ssv, access.ssid) : core::ConfigRef{};
  const core::AtsDecision decision =
      core::decide_translation_request(enabled ? &*found : nullptr, state_.rec_cfg_ats(), state_.recinvsid());
  if (!decision.translate) {
    if (decision.status == AtsStatus::kCompleterAbort) return refuse(decision, access, *found->fault);
    if (decision.event) {
      events_.record(core::bad_translation_request(
          access, {.no_write = ext.no_write, .exec = ext.exec, .priv = ext.priv}));
    }
    return decision.status;
  }

  // Without a PASID there is neither Priv nor Exe (13.7.1).
  const bool priv = access.ssv && access.priv, exec = access.ssv && access.exec;
  const auto unit = static_cast<u8>(smallest_translation_unit());
  const u64 base = access.address & ~((u64{1} << unit) - 1);
  ext.translation = AtsTranslation{.address = base, .log2_size = unit, .priv = priv};  // R = W = 0

  Access asked = access;
  asked.priv = core::overridden_priv(found->stream, priv);
  const std::optional<u64> address = input_address(*found, asked);
  if (!found->translates()) {
    // S1DSS skips the only stage: the address itself, readable and writable (13.6.4).
    ext.translation.read = ext.translation.write = address.has_value();
    return AtsStatus::kSuccess;
  }
  if (!address) return AtsStatus::kSuccess;  // such faults a request does not record (3.9.1.2)
  core::WalkRequest request = core::walk_request(asked, *address);
  request.probe = true;
  const Completion to = complete(transaction, access.sid, *found, request);
  if (to.fault)
    return refuse(core::answer_translation_fault(*to.fault, state_.rec_cfg_ats()), asked, *to.fault);
  const core::AtsPermissions p = core::granted(to.translation.rights, found->stream, exec, priv);
  if (!p.read && !p.write) return AtsStatus::kSuccess;
  ext.translation.address = to.address;
  ext.translation.log2_size = to.translation.log2_size;
  ext.translation.read = p.read;
  ext.translation.write = p.write;
  ext.translation.exec = p.exec;
  return AtsStatus::kSuccess;
}

Tbu::Completion Tbu::complete(u64 transaction, u32 sid, const core::Configuration& found,
                              const core::WalkRequest& request) {
  const core::Regime regime = core::regime_of(found);
  const bool split = found.stream.eats == spec::ste::kEatsSplit;
  if (split && found.stage1) {
    // A TLB entry of both stages does not tell the IPA between them, so these are walked each time.
    state_.count(spec::pmcg::Event::kTlbMiss, sid);
    const core::WalkResult walked = tcu_.walk(transaction, sid, regime, request);
    const u64 inside = (u64{1} << walked.translation.log2_size) - 1;
    return {walked.fault, walked.translation, walked.ipa & ~inside};
  }
  core::LookupResult there;
  const auto met = look_up(transaction, sid, regime, request, Tcu::Cause::kTransaction, there);
  // Where split-stage ATS skips stage 1, the request names the IPA itself (13.6.5).
  const core::Translation& t = there.entry;
  return {met, t, split ? t.va : t.pa};
}

AtsStatus Tbu::refuse(const core::AtsDecision& decision, const Access& access, const core::Fault& fault) {
  if (decision.event) events_.record(core::event_record(fault, access));
  return decision.status;
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
  if (decision.ipa) {
    override_attributes(found->stream, access);  // 13.7
    to = through_stages(transaction, *found, access);
  } else if (decision.pass && access.address < state_.address_limit()) {
    to = {Verdict::kPass, access.address};
  } else if (decision.event) {  // an address wider than the output size aborts without a record (3.9.1.1)
    const u64 fetch = checked && found->fault ? found->fault->fetch_address : 0;
    events_.record(core::event_record({*decision.event, fetch}, access), checked && found->stream.mev);
  }
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
