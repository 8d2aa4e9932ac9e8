// Accesses on their way to memory, and ordinary (untranslated) ones above all.
#include "tlm/smmu/tbu.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace smmu_vp::smmu {

using core::Access;
using core::StreamConfig;
using transport::DmaExtension;
using transport::DmaStatus;
using Payload = tlm::tlm_generic_payload;
namespace reg = spec::offset;

namespace {

// Transactions do not cross this boundary (AXI); longer accesses are several transactions.
constexpr u64 kBoundary = 4096;

void raz_wi(Payload& payload) {
  if (payload.is_read()) std::memset(payload.get_data_ptr(), 0, payload.get_data_length());
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace

Tbu::Tbu(unsigned index, State& state, Tcu& tcu, EventRecorder& events, Stalls& stalls,
         core::TranslationCachePort& tlb, Out& out)
    : index_(index), state_(state), tcu_(tcu), events_(events), stalls_(stalls), tlb_(tlb), out_(out) {}

void Tbu::transport(Payload& payload, sc_core::sc_time& delay) {
  DmaExtension* ext = nullptr;
  payload.get_extension(ext);
  if (ext == nullptr || (!payload.is_read() && !payload.is_write())) {
    payload.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (ext->at == transport::AddressType::kTranslationRequest) return translation_request(payload, *ext);
  access_memory(payload, *ext, delay);
}

std::string_view Tbu::name_of(transport::AddressType at) {
  switch (at) {
    case transport::AddressType::kUntranslated:
      return "untranslated";
    case transport::AddressType::kTranslationRequest:
      return "translation_request";
    case transport::AddressType::kTranslated:
      break;
  }
  return "translated";
}

void Tbu::override_attributes(const StreamConfig& stream, Access& access) {
  access.priv = core::overridden_priv(stream, access.priv);
  access.exec = !access.write && core::overridden_exec(stream, access.exec);
}

Access Tbu::access_of(const Payload& payload, const DmaExtension& ext) const {
  return {.sid = ext.stream_id,
          .ssv = ext.has_pasid,
          .ssid = ext.pasid & 0xFFFFF,
          .address = payload.get_address(),
          .write = payload.is_write(),
          .priv = ext.priv,
          .exec = ext.exec};
}

void Tbu::announce_begin(u64 transaction, const Access& access, std::string_view kind, u64 bytes) const {
  if (!state_.facts.heard<trace::TransactionBegin>()) return;
  state_.facts.announce(trace::TransactionBegin{transaction, index_, access.sid, access.ssid, access.ssv,
                                                kind, access.address, bytes, access.write});
}

void Tbu::end(u64 transaction, std::string_view result) const {
  if (state_.facts.heard<trace::TransactionEnd>())
    state_.facts.announce(trace::TransactionEnd{transaction, result});
}

void Tbu::abort(Payload& payload, DmaExtension& ext) {
  ++state_.counters.aborted;
  ext.status = DmaStatus::kAborted;
  payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
}

void Tbu::pass(u64 transaction, const Access& access, u16 asid, u64 pa, Payload& payload, DmaExtension& ext,
               sc_core::sc_time& delay) {
  if (state_.facts.heard<trace::Translated>()) {
    state_.facts.announce(trace::Translated{transaction, access.sid, access.ssid, access.ssv, asid,
                                            access.address, pa, payload.get_data_length(), access.write,
                                            name_of(ext.at)});
  }
  payload.set_address(pa);
  out_->b_transport(payload, delay);
  payload.set_address(access.address);
  // What the system aborts downstream is not the SMMU's to record (3.12).
  ext.status = payload.is_response_ok() ? DmaStatus::kSuccess : DmaStatus::kAborted;
  end(transaction, payload.is_response_ok() ? "ok" : "aborted");
}

// What goes out carries the attributes after overrides (13.1); the device's own are back afterwards.
void Tbu::pass_overridden(u64 transaction, const Access& access, const Decision& decision, Payload& payload,
                          DmaExtension& ext, sc_core::sc_time& delay) {
  const bool priv = std::exchange(ext.priv, access.priv), exec = std::exchange(ext.exec, access.exec);
  pass(transaction, access, decision.asid, decision.pa, payload, ext, delay);
  ext.priv = priv;
  ext.exec = exec;
}

void Tbu::access_memory(Payload& payload, DmaExtension& ext, sc_core::sc_time& delay) {
  const auto transaction =
      ext.at == transport::AddressType::kTranslated ? &Tbu::translated : &Tbu::untranslated;
  const u64 first = payload.get_address();
  const unsigned length = payload.get_data_length();
  if ((first & (kBoundary - 1)) + length <= kBoundary) {
    (this->*transaction)(payload, ext, delay);
    return;
  }
  // Such a transaction cannot be taken apart (16.7.1).
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
    if (!(this->*transaction)(payload, ext, delay)) break;
    done += bytes;
  }
  payload.set_address(first);
  payload.set_data_ptr(data);
  payload.set_data_length(length);
  payload.set_streaming_width(length);
}

void Tbu::unsupported(Payload& payload, DmaExtension& ext) {
  const Transactions::InFlight transaction(state_.transactions);
  const Access access = access_of(payload, ext);
  const bool translated = ext.at == transport::AddressType::kTranslated;
  ++(translated ? state_.counters.translated : state_.counters.transactions);
  state_.count(spec::pmcg::Event::kTransaction, access.sid);
  if (translated) state_.count(spec::pmcg::Event::kAtsTranslated, access.sid);
  ext.transaction = transaction.number();
  announce_begin(transaction.number(), access, name_of(ext.at), payload.get_data_length());
  // Whether SMMUEN is 0 or 1 (7.3.2), but never of Translated ones (3.9.1.3).
  if (!translated) events_.record(core::event_record({spec::EventId::F_UUT}, access));
  abort(payload, ext);
  end(transaction.number(), "aborted");
}

bool Tbu::untranslated(Payload& payload, DmaExtension& ext, sc_core::sc_time& delay) {
  for (;;) {
    // A retried stall is a new arrival: it takes a fresh number and looks everything up again (4.7.1).
    Access access = access_of(payload, ext);
    Transactions::InFlight transaction(state_.transactions);
    const u64 number = transaction.number();
    ++state_.counters.transactions;
    state_.count(spec::pmcg::Event::kTransaction, access.sid);
    ext.transaction = number;
    announce_begin(number, access, name_of(ext.at), payload.get_data_length());
    const Decision decision = decide(transaction, access);
    switch (decision.verdict) {
      case Verdict::kPass:
        pass_overridden(number, access, decision, payload, ext, delay);
        return payload.is_response_ok();
      case Verdict::kAbort:
        abort(payload, ext);
        end(number, "aborted");
        return false;
      case Verdict::kRazWi:
        raz_wi(payload);
        ext.status = DmaStatus::kSuccess;
        end(number, "raz_wi");
        return true;
      case Verdict::kRetry:
        end(number, "retried");
        break;
    }
  }
}

// The flow of chapter 15 for an ordinary transaction.
Tbu::Decision Tbu::decide(Transactions::InFlight& transaction, Access& access) {
  if (!state_.registers.smmu_enabled()) return bypass_disabled(access);
  const core::ConfigRef found = tcu_.configuration(access.sid, access.ssv, access.ssid);
  const StreamConfig& stream = found->stream;
  override_attributes(stream, access);  // none of an STE that was not found
  if (found->fault) return fault(transaction, *found->fault, access, found->model(*found->fault), stream.mev);
  if (stream.path == StreamConfig::Path::kAbort) return {Verdict::kAbort};  // silently (5.2 Config)
  return through_stages(transaction, *found, access);
}

Tbu::Decision Tbu::through_stages(Transactions::InFlight& transaction, const core::Configuration& found,
                                  const Access& access) {
  const std::optional<u64> address = input_address(found, access);
  // Without stage 1 the fault always aborts (3.12).
  if (!address)
    return found.stage1 ? fault(transaction, {spec::EventId::F_TRANSLATION}, access,
                                found.context.fault_model, found.stream.mev)
                        : fault(transaction, {spec::EventId::F_ADDR_SIZE}, access, {}, found.stream.mev);
  if (!found.translates()) return {Verdict::kPass, *address};

  core::LookupResult there;
  if (const auto met = look_up(transaction.number(), access.sid, core::regime_of(found),
                               core::walk_request(access, *address), Tcu::Cause::kTransaction, there))
    return fault(transaction, *met, access, found.model(*met), found.stream.mev);
  const core::Translation& t = there.entry;
  return {Verdict::kPass, t.pa + (*address - t.va), found.stage1 ? found.context.asid : u16{0}};
}

Tbu::Decision Tbu::bypass_disabled(Access& access) const {
  // 6.3.14; an address beyond the output size aborts unrecorded (3.4).
  const u32 gbpa = state_.registers.word(reg::GBPA);
  if (spec::GBPA::ABORT.get(gbpa) != 0) return {Verdict::kAbort};
  if (access.address >= state_.address_limit()) return {Verdict::kAbort};
  StreamConfig overrides;  // the encodings are the STE's
  overrides.privcfg = static_cast<u8>(spec::GBPA::PRIVCFG.get(gbpa));
  overrides.instcfg = static_cast<u8>(spec::GBPA::INSTCFG.get(gbpa));
  override_attributes(overrides, access);
  return {Verdict::kPass, access.address};
}

Tbu::Decision Tbu::fault(Transactions::InFlight& transaction, const core::Fault& fault, const Access& access,
                         const core::FaultModel& model, bool mev) {
  const core::FaultResponse response = core::respond(fault, model, state_.recinvsid());
  if (response.stall) {
    switch (stalls_.stall(transaction, fault, access)) {
      case core::StallAction::kRetry:
        return {Verdict::kRetry};
      case core::StallAction::kAbort:
        return {Verdict::kAbort};
      case core::StallAction::kRazWi:
        return {Verdict::kRazWi};
    }
  }
  if (response.record) events_.record(core::event_record(fault, access), mev);
  return {response.raz_wi ? Verdict::kRazWi : Verdict::kAbort};
}

}  // namespace smmu_vp::smmu
