// Numbers each transaction, has the Translator decide on it, and carries out the decision.
#include "tlm/smmu/tbu.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace smmu_vp::smmu {

using core::AtsStatus;
using core::Decision;
using core::StallAction;
using spec::Access;
using transport::AddressType;
using transport::AtsFollowing;
using transport::DmaExtension;
using transport::DmaStatus;
using Result = trace::TransactionResult;

// No transaction crosses this boundary (AXI).
constexpr u64 kBoundary = 4096;

namespace {

spec::Intent intent_of(const tlm::tlm_generic_payload& payload, const DmaExtension& ext) {
  return {.read = payload.is_read(), .write = payload.is_write(), .exec = ext.exec, .priv = ext.priv};
}

// What a Translation Request asks permission for. Without a PASID there is no Priv or Exe (13.7.1).
spec::Intent intent_asked(const DmaExtension& ext) {
  const bool pasid = ext.who.ssv();
  return {.read = true, .write = !ext.no_write, .exec = pasid && ext.exec, .priv = pasid && ext.priv};
}

}  // namespace

Tbu::Tbu(unsigned index, State& state, Tcu& tcu, EventRecorder& events, Stalls& stalls,
         core::TranslationCachePort& tlb, Out& out)
    : state_(state),
      events_(events),
      stalls_(stalls),
      out_(out),
      units_{tcu, Tlb(tlb), TbuWatch(index, state)} {}

void Tbu::split(Payload& payload, DmaExtension& ext, sc_core::sc_time& delay) {
  const u64 first = payload.get_address();
  const unsigned length = payload.get_data_length();
  // Such a transaction cannot be split (16.7.1).
  if (payload.get_byte_enable_ptr() != nullptr || payload.get_streaming_width() < length)
    return unsupported(payload, ext);
  unsigned char* const data = payload.get_data_ptr();
  for (unsigned done = 0; done < length;) {
    const u64 address = first + done;
    const auto bytes = static_cast<unsigned>(std::min<u64>(length - done, kBoundary - address % kBoundary));
    payload.set_address(address);
    payload.set_data_ptr(data + done);
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    transport(payload, delay);
    if (!payload.is_response_ok()) break;
    done += bytes;
  }
  payload.set_address(first);
  payload.set_data_ptr(data);
  payload.set_data_length(length);
  payload.set_streaming_width(length);
}

[[gnu::always_inline]] inline void Tbu::untranslated(Payload& payload, DmaExtension& ext,
                                                     sc_core::sc_time& delay) {
  for (;;) {
    // A retried stall counts as a new arrival: it gets a new number and repeats all lookups (4.7.1).
    InFlight transaction(state_.transactions);
    const Access access = begin(transaction, payload, ext, intent_of(payload, ext));
    TbuPort asked = port(transaction, access.who.sid);
    const Decision decision = translator(asked).untranslated(access, ext.memory_type);
    if (decision.outcome == Decision::Outcome::kPass) return pass(transaction, decision, payload, ext, delay);
    if (decision.outcome == Decision::Outcome::kAbort) return abort(transaction, payload, ext);
    switch (faulted(transaction, decision.access, *decision.met)) {
      case StallAction::kAbort:
        return abort(transaction, payload, ext);
      case StallAction::kRazWi:
        return raz_wi(transaction, payload, ext);
      case StallAction::kRetry:
        units_.watch.end(transaction.number(), Result::kRetried);
        break;
    }
  }
}

[[gnu::always_inline]] inline void Tbu::translated(Payload& payload, DmaExtension& ext,
                                                   sc_core::sc_time& delay) {
  InFlight transaction(state_.transactions);
  const Access access = begin(transaction, payload, ext, intent_of(payload, ext));
  TbuPort asked = port(transaction, access.who.sid);
  const Decision decision = translator(asked).translated(access, ext.memory_type);
  if (decision.outcome == Decision::Outcome::kPass) return pass(transaction, decision, payload, ext, delay);
  // Always aborted, whatever the fault: STE.S2S and split-stage ATS exclude each other (5.2 EATS).
  if (decision.outcome == Decision::Outcome::kFault) faulted(transaction, decision.access, *decision.met);
  return abort(transaction, payload, ext);
}

void Tbu::transport(Payload& payload, sc_core::sc_time& delay) {
  DmaExtension* ext = nullptr;
  payload.get_extension(ext);
  if (ext == nullptr || (!payload.is_read() && !payload.is_write())) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
  } else if (ext->at == AddressType::kTranslationRequest) {
    translation_request(payload, *ext);
  } else if (payload.get_address() % kBoundary + payload.get_data_length() > kBoundary) {
    split(payload, *ext, delay);
  } else if (ext->at == AddressType::kTranslated) {
    translated(payload, *ext, delay);
  } else {
    untranslated(payload, *ext, delay);
  }
}

void Tbu::unsupported(Payload& payload, DmaExtension& ext) {
  const InFlight transaction(state_.transactions);
  const Access access = begin(transaction, payload, ext, intent_of(payload, ext));
  // Recorded whether SMMUEN is 0 or 1 (7.3.2), but never for Translated accesses (3.9.1.3).
  if (ext.at != AddressType::kTranslated) events_.record(core::event_record({spec::EventId::F_UUT}, access));
  abort(transaction, payload, ext);
}

void Tbu::translation_request(Payload& payload, DmaExtension& ext) {
  const InFlight transaction(state_.transactions);
  const Access asked = begin(transaction, payload, ext, intent_asked(ext));
  const u8 most = std::clamp<u8>(ext.translations_asked, 1, 1 + AtsFollowing::kMost);
  TbuPort first = port(transaction, asked.who.sid);
  const core::AtsAnswer answer = translator(first).translation_request(asked, most);
  if (answer.record) events_.record(*answer.record);
  ext.translation = answer.translation;
  // Whatever the answer is, the request itself was delivered and completed.
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  switch (answer.status) {
    case AtsStatus::kSuccess:
      ext.status = DmaStatus::kSuccess;
      ext.following.count = 0;
      if (most > 1) {
        TbuPort others = port(transaction, asked.who.sid, Tcu::Cause::kOther);
        const std::span room(ext.following.entries.data(), most - 1u);
        ext.following.count =
            static_cast<u8>(translator(others).following_translations(asked, answer.translation, room));
      }
      units_.watch.granted(transaction.number(), asked, answer.translation,
                           std::span(ext.following.entries).first(ext.following.count));
      return units_.watch.end(transaction.number(), Result::kOk);
    case AtsStatus::kUnsupportedRequest:
      ext.status = DmaStatus::kUnsupportedRequest;
      return units_.watch.end(transaction.number(), Result::kUnsupportedRequest);
    case AtsStatus::kCompleterAbort:
      ext.status = DmaStatus::kCompleterAbort;
      return units_.watch.end(transaction.number(), Result::kCompleterAbort);
  }
}

void Tbu::prefetch(const Access& access) {
  const InFlight transaction(state_.transactions);
  units_.watch.begin_prefetch(transaction.number(), access);
  TbuPort asked = port(transaction, access.who.sid, Tcu::Cause::kOther);
  const bool there = translator(asked).prefetch(access);
  units_.watch.end(transaction.number(), there ? Result::kOk : Result::kNothing);
}

[[gnu::always_inline]] inline Access Tbu::begin(const InFlight& transaction, const Payload& payload,
                                                DmaExtension& ext, const spec::Intent& intent) {
  Access access{.who = ext.who, .address = payload.get_address(), .intent = intent};
  if (access.who.pasid) *access.who.pasid &= spec::kSubstreamMask;
  ext.transaction = transaction.number();
  ext.smmu = state_.facts.smmu();
  units_.watch.begin(transaction.number(), access, ext.at, payload.get_data_length());
  return access;
}

StallAction Tbu::faulted(InFlight& transaction, const Access& access, const Decision::Met& met) {
  if (met.response.stall) return stalls_.stall(transaction, met.fault, access);
  if (met.response.record) events_.record(core::event_record(met.fault, access), met.mergeable);
  return met.response.raz_wi ? StallAction::kRazWi : StallAction::kAbort;
}

// The transaction goes out with the attributes after overrides (13.1); the device's
// own are restored afterwards.
[[gnu::always_inline]] inline void Tbu::pass(const InFlight& transaction, const Decision& decision,
                                             Payload& payload, DmaExtension& ext, sc_core::sc_time& delay) {
  const Access& access = decision.access;
  units_.watch.translated(transaction.number(), decision, ext.at, payload.get_data_length());
  ext.attributes = {decision.type, access.intent.exec, access.intent.priv};
  const bool priv = std::exchange(ext.priv, access.intent.priv),
             exec = std::exchange(ext.exec, access.intent.exec);
  payload.set_address(decision.pa);
  out_->b_transport(payload, delay);
  payload.set_address(access.address);
  ext.priv = priv;
  ext.exec = exec;
  // The SMMU does not record aborts by the system downstream (3.12).
  const bool ok = payload.is_response_ok();
  ext.status = ok ? DmaStatus::kSuccess : DmaStatus::kAborted;
  units_.watch.end(transaction.number(), ok ? Result::kOk : Result::kAborted);
}

void Tbu::abort(const InFlight& transaction, Payload& payload, DmaExtension& ext) {
  units_.watch.aborted();
  ext.status = DmaStatus::kAborted;
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  units_.watch.end(transaction.number(), Result::kAborted);
}

void Tbu::raz_wi(const InFlight& transaction, Payload& payload, DmaExtension& ext) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0, payload.get_data_length());
  ext.status = DmaStatus::kSuccess;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  units_.watch.end(transaction.number(), Result::kRazWi);
}

}  // namespace smmu_vp::smmu
