// Which record carries which field is a table of tlm/spec; here is only each field's value.
#include "tlm/core/event_record.h"

#include <string_view>

namespace smmu_vp::core {

namespace {

u64 value_of(std::string_view field, const Fault& fault, const Access& access, std::optional<u16> stag) {
  if (field == "Type") return static_cast<u64>(fault.event);
  if (field == "StreamID") return access.sid;
  if (field == "SSV") return access.ssv;
  if (field == "SubstreamID") return access.ssv ? access.ssid : 0;
  if (field == "STAG") return stag.value_or(0);
  if (field == "Stall") return stag.has_value();
  if (field == "PnU") return access.priv;
  if (field == "InD") return access.exec && !access.write;  // 7.3.13: data when it writes
  if (field == "RnW") return !access.write;
  if (field == "S2") return fault.s2;
  // Stage 1 faults concern the input address, but a walk's abort concerns its table (7.3.12).
  if (field == "CLASS")
    return !fault.s2 && fault.event == spec::EventId::F_WALK_EABT ? spec::evt::kClassTT : fault.of;
  // UNKNOWN but for a stage 1 walk at stage 2 (7.3.16).
  if (field == "TTRnW") return fault.s2 && fault.of == spec::evt::kClassTT && !fault.table_write;
  if (field == "IPA") return fault.s2 ? fault.ipa >> 12 : 0;
  if (field == "InputAddr") return access.address;
  if (field == "FetchAddr") return fault.fetch_address >> 3;
  return 0;
}

}  // namespace

spec::Event event_record(const Fault& fault, const Access& access, std::optional<u16> stag) {
  spec::Event event;
  for (const spec::NamedField& f : spec::find_event(static_cast<u64>(fault.event))->fields)
    f.field.set(event.w, value_of(f.name, fault, access, stag));
  return event;
}

spec::Event bad_translation_request(const Access& asked, u8 translations) {
  namespace e = spec::evt::ats_treq;
  spec::Event event;
  spec::evt::Type.set(event.w, static_cast<u64>(spec::EventId::F_BAD_ATS_TREQ));
  spec::evt::StreamID.set(event.w, asked.sid);
  spec::evt::SSV.set(event.w, asked.ssv);
  spec::evt::SubstreamID.set(event.w, asked.ssv ? asked.ssid : 0);
  e::Span.set(event.w, translations);
  e::R.set(event.w, 1);  // implied by every request
  e::W.set(event.w, asked.write);
  e::X.set(event.w, asked.exec);
  e::P.set(event.w, asked.priv);
  e::InputAddr.set(event.w, asked.address >> 12);
  return event;
}

spec::Event page_hint(const PageHint& hint) {
  namespace e = spec::evt::page_request;
  spec::Event event;
  spec::evt::Type.set(event.w, static_cast<u64>(spec::EventId::E_PAGE_REQUEST));
  spec::evt::StreamID.set(event.w, hint.sid);
  spec::evt::SSV.set(event.w, hint.ssv);
  spec::evt::SubstreamID.set(event.w, hint.ssv ? hint.ssid : 0);
  (hint.priv ? e::pR : e::uR).set(event.w, hint.read);
  (hint.priv ? e::pW : e::uW).set(event.w, hint.write);
  (hint.priv ? e::pX : e::uX).set(event.w, hint.exec);
  e::Span.set(event.w, hint.span);
  e::InputAddr.set(event.w, hint.address >> 12);
  return event;
}

}  // namespace smmu_vp::core
