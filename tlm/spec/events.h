// Event records: numbers, fields by absolute bit, and which record carries which field (7.3).
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "tlm/spec/field.h"

namespace smmu_vp::spec {

// 32 bytes, little-endian (7.3).
struct Event {
  std::array<u64, 4> w{};
  friend constexpr bool operator==(const Event&, const Event&) = default;
};

enum class EventId : u8 {
#define EVENT(name, number, section) name = number,
#define FIELD(name, ...)
#define END(name)
#include "tlm/spec/events.def"
};

constexpr std::string_view to_string(EventId id) {
  switch (id) {
#define EVENT(name, number, section) \
  case EventId::name:                \
    return #name;
#define FIELD(name, ...)
#define END(name)
#include "tlm/spec/events.def"
  }
  return "Reserved";
}

// C_*: an error of the stream's or context's configuration, not of the access (7.3).
constexpr bool is_configuration_error(EventId id) {
  return to_string(id).starts_with("C_");
}

namespace evt {

inline constexpr Field Type{7, 0};
inline constexpr Field SSV{11, 11};
inline constexpr Field SubstreamID{31, 12};
inline constexpr Field StreamID{63, 32};
inline constexpr Field STAG{79, 64};        // of the four translation-related faults
inline constexpr Field ReasonCode{79, 64};  // "Reason", IMPLEMENTATION DEFINED, of the other faults
inline constexpr Field GPCF{80, 80};
inline constexpr Field Stall{95, 95};
inline constexpr Field PnU{97, 97};
inline constexpr Field InD{98, 98};
inline constexpr Field RnW{99, 99};
inline constexpr Field S2{103, 103};
inline constexpr Field Class{105, 104};
inline constexpr Field TTRnW{108, 108};
inline constexpr Field InputAddr{191, 128};
inline constexpr Field IPA{247, 204};        // IPA[55:12]
inline constexpr Field FetchAddr{247, 195};  // FetchAddr[55:3]

// CLASS (7.3): the kind of access that faulted.
inline constexpr u64 kClassCD = 0b00, kClassTT = 0b01, kClassIN = 0b10;

namespace ats_treq {  // F_BAD_ATS_TREQ, 7.3.6: what the Translation Request asked for
inline constexpr Field Span{67, 64};
inline constexpr Field P{92, 92};
inline constexpr Field X{93, 93};
inline constexpr Field W{94, 94};
inline constexpr Field R{95, 95};
inline constexpr Field InputAddr{191, 140};
}  // namespace ats_treq

namespace page_request {  // E_PAGE_REQUEST, 7.3.19
inline constexpr Field uX{97, 97};
inline constexpr Field uW{98, 98};
inline constexpr Field uR{99, 99};
inline constexpr Field pX{101, 101};
inline constexpr Field pW{102, 102};
inline constexpr Field pR{103, 103};
inline constexpr Field Span{115, 108};
inline constexpr Field InputAddr{191, 140};
}  // namespace page_request

// Each record's fields, number and StreamID first.
namespace fields {
// clang-format off
#define EVENT(name, number, section) inline constexpr NamedField name[] = {{"Type", Type}, {"StreamID", StreamID, FieldKind::kStreamId},
#define FIELD(name, field, ...) {#name, field __VA_OPT__(, FieldKind::__VA_ARGS__)},
#define END(name) };
// clang-format on
#include "tlm/spec/events.def"
}  // namespace fields

}  // namespace evt

struct EventInfo {
  EventId id;
  const char* name;
  const char* section;
  std::span<const NamedField> fields;

  constexpr const NamedField* field(FieldKind kind) const { return find_field(fields, kind); }
};

// In order of number.
inline constexpr EventInfo kEvents[] = {
#define EVENT(name, number, section) {EventId::name, #name, section, evt::fields::name},
#define FIELD(name, ...)
#define END(name)
#include "tlm/spec/events.def"
};

constexpr EventId id_of(const Event& event) {
  return static_cast<EventId>(evt::Type.get(event.w));
}

// Null for an unknown number.
constexpr const EventInfo* find_event(u64 number) {
  for (const EventInfo& e : kEvents) {
    if (static_cast<u64>(e.id) == number) return &e;
  }
  return nullptr;
}
// For a record that the model or this interface made, whose number is valid.
constexpr const EventInfo& info_of(const Event& event) {
  return *find_event(evt::Type.get(event.w));
}

// The Stall field; false if the event has none.
constexpr bool stalls(const Event& event) {
  const NamedField* stall = info_of(event).field(FieldKind::kStall);
  return stall != nullptr && stall->field.get(event.w) != 0;
}
// The transaction's input address; 0 if the event has none.
constexpr u64 input_address(const Event& event) {
  for (const FieldKind kind : {FieldKind::kInputAddress, FieldKind::kInputPage}) {
    if (const NamedField* address = info_of(event).field(kind)) return address->field.in_place(event.w);
  }
  return 0;
}

}  // namespace smmu_vp::spec
