// Which record carries which field, and of which kind, is a table of tlm/spec; here is only each kind's value.
#include "tlm/core/event_record.h"

namespace smmu_vp::core {

using spec::FieldKind;

namespace {

// 0 for what is IMPLEMENTATION DEFINED, and for the record's number, which is none of these.
u64 value_of(const spec::NamedField& named, const Fault& fault, const spec::Access& access,
             std::optional<u16> stag) {
  const unsigned shift = named.field.shift();  // of an address, its bits are in place
  switch (named.kind) {
    case FieldKind::kStreamId:
      return access.who.sid;
    case FieldKind::kSsv:
      return access.who.ssv();
    case FieldKind::kSubstreamId:
      return access.who.ssid();
    case FieldKind::kStag:
      return stag.value_or(0);
    case FieldKind::kStall:
      return stag.has_value();
    case FieldKind::kPnU:
      return access.intent.priv;
    case FieldKind::kInD:
      return access.intent.exec && !access.intent.write;  // 7.3.13: data when it writes
    case FieldKind::kRnW:
      return !access.intent.write;
    case FieldKind::kS2:
      return fault.s2;
    case FieldKind::kClass:
      // Stage 1 faults are about the input address, except that an abort of the walk is about its table (7.3.12).
      return !fault.s2 && fault.event == spec::EventId::F_WALK_EABT ? spec::evt::kClassTT : fault.of;
    case FieldKind::kTTRnW:
      // UNKNOWN except for a stage 1 walk that stage 2 faults (7.3.16).
      return fault.s2 && fault.of == spec::evt::kClassTT && !fault.table_write;
    case FieldKind::kIpa:
      return fault.s2 ? fault.ipa >> shift : 0;
    case FieldKind::kInputAddress:
    case FieldKind::kInputPage:
      return access.address >> shift;
    case FieldKind::kFetchAddress:
      return fault.fetch_address >> shift;
    default:
      return 0;
  }
}

}  // namespace

spec::Event event_record(const Fault& fault, const spec::Access& access, std::optional<u16> stag) {
  spec::Event event;
  for (const spec::NamedField& f : spec::find_event(static_cast<u64>(fault.event))->fields)
    f.field.set(event.w, value_of(f, fault, access, stag));
  spec::evt::Type.set(event.w, static_cast<u64>(fault.event));
  return event;
}

spec::Event bad_translation_request(const spec::Access& asked, u8 translations) {
  namespace e = spec::evt::ats_treq;
  spec::Event event;
  spec::evt::Type.set(event.w, static_cast<u64>(spec::EventId::F_BAD_ATS_TREQ));
  spec::evt::StreamID.set(event.w, asked.who.sid);
  spec::evt::SSV.set(event.w, asked.who.ssv());
  spec::evt::SubstreamID.set(event.w, asked.who.ssid());
  e::Span.set(event.w, translations);
  e::R.set(event.w, 1);  // every request implies read
  e::W.set(event.w, asked.intent.write);
  e::X.set(event.w, asked.intent.exec);
  e::P.set(event.w, asked.intent.priv);
  e::InputAddr.set(event.w, asked.address >> 12);
  return event;
}

spec::Event page_hint(const spec::Access& hint, u8 span) {
  namespace e = spec::evt::page_request;
  spec::Event event;
  spec::evt::Type.set(event.w, static_cast<u64>(spec::EventId::E_PAGE_REQUEST));
  spec::evt::StreamID.set(event.w, hint.who.sid);
  spec::evt::SSV.set(event.w, hint.who.ssv());
  spec::evt::SubstreamID.set(event.w, hint.who.ssid());
  (hint.intent.priv ? e::pR : e::uR).set(event.w, hint.intent.read);
  (hint.intent.priv ? e::pW : e::uW).set(event.w, hint.intent.write);
  (hint.intent.priv ? e::pX : e::uX).set(event.w, hint.intent.exec);
  e::Span.set(event.w, span);
  e::InputAddr.set(event.w, hint.address >> 12);
  return event;
}

}  // namespace smmu_vp::core
