// A whole record per event, typed from 7.3, and one captured from a machine.
#include "tlm/spec/events.h"

#include <doctest/doctest.h>

#include <set>
#include <string_view>

#include "tests/spec/record_check.h"
#include "tests/support/events.h"

namespace smmu_vp::spec {
namespace {

struct Example {
  u64 number;
  std::string_view name;
  NamedValues fields;  // besides Type, StreamID and, if the record has them, SSV and SubstreamID
  std::array<u64, 4> words;
};

// All examples come from StreamID 0x89ABCDEF with SubstreamID 0x54321.
const std::vector<Example> kExamples = {
    {0x01,
     "F_UUT",
     {{"Reason", 0xBEEF}, {"PnU", 1}, {"InD", 1}, {"RnW", 1}, {"InputAddr", 0xFEDCBA9876543210}},
     {0x89ABCDEF54321801, 0x0000000E0000BEEF, 0xFEDCBA9876543210, 0}},
    {0x02, "C_BAD_STREAMID", {}, {0x89ABCDEF54321802, 0, 0, 0}},
    {0x03,
     "F_STE_FETCH",
     {{"Reason", 0xBEEF}, {"GPCF", 1}, {"FetchAddr", 0x14AB42468ACF13}},
     {0x89ABCDEF54321803, 0x000000000001BEEF, 0, 0x00A55A1234567898}},
    {0x04, "C_BAD_STE", {}, {0x89ABCDEF54321804, 0, 0, 0}},
    {0x05,
     "F_BAD_ATS_TREQ",
     {{"Span", 0xB}, {"R", 1}, {"W", 0}, {"X", 1}, {"P", 0}, {"InputAddr", 0xFEDCBA9876543}},
     {0x89ABCDEF54321805, 0x00000000A000000B, 0xFEDCBA9876543000, 0}},
    {0x05,
     "F_BAD_ATS_TREQ",
     {{"R", 0}, {"W", 1}, {"X", 0}, {"P", 1}},
     {0x89ABCDEF54321805, 0x0000000050000000, 0, 0}},
    {0x06, "F_STREAM_DISABLED", {}, {0x89ABCDEF00000006, 0, 0, 0}},
    {0x07,
     "F_TRANSL_FORBIDDEN",
     {{"RnW", 1}, {"InputAddr", 0x0123456789ABCDEF}},
     {0x89ABCDEF00000007, 0x0000000800000000, 0x0123456789ABCDEF, 0}},
    {0x08, "C_BAD_SUBSTREAMID", {}, {0x89ABCDEF54321008, 0, 0, 0}},
    {0x09,
     "F_CD_FETCH",
     {{"Reason", 0xBEEF}, {"FetchAddr", 0x14AB42468ACF13}},
     {0x89ABCDEF54321809, 0x000000000000BEEF, 0, 0x00A55A1234567898}},
    {0x0A, "C_BAD_CD", {}, {0x89ABCDEF5432180A, 0, 0, 0}},
    {0x0B,
     "F_WALK_EABT",
     {{"Reason", 0xBEEF},
      {"GPCF", 1},
      {"PnU", 1},
      {"InD", 1},
      {"RnW", 1},
      {"S2", 1},
      {"CLASS", 1},
      {"InputAddr", 0x0123456789ABCDEF},
      {"FetchAddr", 0x14AB42468ACF13}},
     {0x89ABCDEF5432180B, 0x0000018E0001BEEF, 0x0123456789ABCDEF, 0x00A55A1234567898}},
    {0x10,
     "F_TRANSLATION",
     {{"STAG", 0xBEEF},
      {"Stall", 1},
      {"PnU", 1},
      {"InD", 0},
      {"RnW", 1},
      {"S2", 0},
      {"CLASS", 2},
      {"InputAddr", 0x0123456789ABCDEF}},
     {0x89ABCDEF54321810, 0x0000020A8000BEEF, 0x0123456789ABCDEF, 0}},
    {0x11,
     "F_ADDR_SIZE",
     {{"STAG", 0}, {"S2", 1}, {"CLASS", 2}, {"InputAddr", 0x0123456789ABCDEF}, {"IPA", 0xDCBA9876543}},
     {0x89ABCDEF54321811, 0x0000028000000000, 0x0123456789ABCDEF, 0x00DCBA9876543000}},
    {0x12,
     "F_ACCESS",
     {{"STAG", 1}, {"Stall", 1}, {"InD", 1}, {"RnW", 1}, {"CLASS", 2}, {"InputAddr", 1}, {"IPA", 1}},
     {0x89ABCDEF54321812, 0x0000020C80000001, 1, 0x1000}},
    {0x13,
     "F_PERMISSION",
     {{"STAG", 0xBEEF},
      {"Stall", 1},
      {"PnU", 1},
      {"InD", 1},
      {"RnW", 1},
      {"S2", 1},
      {"CLASS", 1},
      {"TTRnW", 1},
      {"InputAddr", 0x0123456789ABCDEF},
      {"IPA", 0xDCBA9876543}},
     {0x89ABCDEF54321813, 0x0000118E8000BEEF, 0x0123456789ABCDEF, 0x00DCBA9876543000}},
    {0x20,
     "F_TLB_CONFLICT",
     {{"Reason", 0xBEEF}, {"PnU", 1}, {"RnW", 1}, {"S2", 1}, {"InputAddr", 1}, {"IPA", 1}},
     {0x89ABCDEF54321820, 0x0000008A0000BEEF, 1, 0x1000}},
    {0x21, "F_CFG_CONFLICT", {{"Reason", 0xBEEF}}, {0x89ABCDEF54321821, 0xBEEF, 0, 0}},
    {0x24,
     "E_PAGE_REQUEST",
     {{"uX", 1},
      {"uW", 0},
      {"uR", 1},
      {"pX", 0},
      {"pW", 1},
      {"pR", 0},
      {"Span", 0xA5},
      {"InputAddr", 0xFEDCBA9876543}},
     {0x89ABCDEF54321824, 0x000A504A00000000, 0xFEDCBA9876543000, 0}},
    {0x24,
     "E_PAGE_REQUEST",
     {{"uX", 0}, {"uW", 1}, {"uR", 0}, {"pX", 1}, {"pW", 0}, {"pR", 1}},
     {0x89ABCDEF54321824, 0x000000A400000000, 0, 0}},
    {0x25,
     "F_VMS_FETCH",
     {{"Reason", 0xBEEF}, {"GPCF", 1}, {"FetchAddr", 0x14AB42468ACF13}},
     {0x89ABCDEF54321825, 0x000000000001BEEF, 0, 0x00A55A1234567898}},
};

TEST_CASE("every event's fields are at the bits of its diagram") {
  for (const Example& example : kExamples) {
    CAPTURE(example.name);
    const EventInfo* info = find_event(example.number);
    REQUIRE(info != nullptr);
    CHECK(info->name == example.name);
    NamedValues values = example.fields;
    values.emplace_back("Type", example.number);
    values.emplace_back("StreamID", 0x89ABCDEF);
    for (const NamedField& f : info->fields) {
      if (f.name == std::string_view("SSV")) values.emplace_back("SSV", 1);
      if (f.name == std::string_view("SubstreamID")) values.emplace_back("SubstreamID", 0x54321);
    }
    CHECK(encode<4>(info->fields, values) == example.words);
  }
}

TEST_CASE("every event in the table has an example, in order of number and once") {
  u64 previous = 0;
  for (const EventInfo& info : kEvents) {
    CAPTURE(info.name);
    const u64 number = static_cast<u64>(info.id);
    CHECK(number > previous);
    previous = number;
    bool found = false;
    for (const Example& example : kExamples) found = found || example.name == info.name;
    CHECK(found);
  }
  CHECK(std::size(kEvents) == 19);
}

TEST_CASE("only the four translation-related faults can stall") {
  for (const EventInfo& info : kEvents) {
    bool stalls = false;
    for (const NamedField& f : info.fields) stalls = stalls || f.name == std::string_view("Stall");
    CHECK(stalls == (static_cast<unsigned>(info.id) >= 0x10 && static_cast<unsigned>(info.id) <= 0x13));
  }
}

// 7.3.8, 7.3.12 to 7.3.17: "InputAddr[11:0] are IGNORED".
TEST_CASE("merging compares the addresses of seven events by page") {
  std::set<std::string_view> by_page;
  for (const EventInfo& info : kEvents) {
    if (info.field(FieldKind::kInputPage) != nullptr) by_page.insert(info.name);
  }
  CHECK(by_page == std::set<std::string_view>{"F_TRANSL_FORBIDDEN", "F_WALK_EABT", "F_TRANSLATION",
                                              "F_ADDR_SIZE", "F_ACCESS", "F_PERMISSION", "F_TLB_CONFLICT"});
}

TEST_CASE("an event tells its input address where it has one, and Stall where it can stall") {
  CHECK(input_address({{0x10, 0, 0x7f00'1234'5678, 0}}) == 0x7f00'1234'5678);  // F_TRANSLATION
  CHECK(input_address({{0x24, 0, 0x7f00'1234'5000, 0}}) == 0x7f00'1234'5000);  // E_PAGE_REQUEST: [63:12]
  CHECK(input_address({{0x03, 0, 0x5678, 0x9000}}) == 0);                      // F_STE_FETCH: FetchAddr alone
  CHECK(stalls({{0x10, u64{1} << 31, 0, 0}}));
  CHECK(!stalls({{0x05, u64{1} << 31, 0, 0}}));  // F_BAD_ATS_TREQ has R in that bit
  CHECK(is_configuration_error(EventId::C_BAD_CD));
  CHECK(!is_configuration_error(EventId::F_CD_FETCH));
}

// Printed by a Linux kernel for a stalled read of an unmapped page.
TEST_CASE("a record captured from hardware decodes") {
  const Event event{{0x0000000100002810, 0x0000020880000B17, 0x00000009F44A0300, 0x0000000000000000}};
  CHECK(evt::Type.get(event.w) == static_cast<u64>(EventId::F_TRANSLATION));
  CHECK(evt::StreamID.get(event.w) == 1);
  CHECK(evt::SSV.get(event.w) == 1);
  CHECK(evt::SubstreamID.get(event.w) == 2);
  CHECK(evt::Stall.get(event.w) == 1);
  CHECK(evt::STAG.get(event.w) == 0x0B17);
  CHECK(evt::RnW.get(event.w) == 1);
  CHECK(evt::InD.get(event.w) == 0);
  CHECK(evt::PnU.get(event.w) == 0);
  CHECK(evt::S2.get(event.w) == 0);
  CHECK(evt::Class.get(event.w) == evt::kClassIN);
  CHECK(evt::InputAddr.get(event.w) == 0x9F44A0300);
}

TEST_CASE("other tests read event records where the manual has each field") {
  using test::EventWords;
  namespace event = test::event;
  const auto record = [](std::string_view name) {
    for (const Example& example : kExamples)
      if (example.name == name) return EventWords{example.words};
    return EventWords{};
  };
  const std::pair<event::Type, std::string_view> types[] = {
      {event::F_UUT, "F_UUT"},
      {event::C_BAD_STREAMID, "C_BAD_STREAMID"},
      {event::F_STE_FETCH, "F_STE_FETCH"},
      {event::C_BAD_STE, "C_BAD_STE"},
      {event::F_BAD_ATS_TREQ, "F_BAD_ATS_TREQ"},
      {event::F_STREAM_DISABLED, "F_STREAM_DISABLED"},
      {event::F_TRANSL_FORBIDDEN, "F_TRANSL_FORBIDDEN"},
      {event::C_BAD_SUBSTREAMID, "C_BAD_SUBSTREAMID"},
      {event::F_CD_FETCH, "F_CD_FETCH"},
      {event::C_BAD_CD, "C_BAD_CD"},
      {event::F_WALK_EABT, "F_WALK_EABT"},
      {event::F_TRANSLATION, "F_TRANSLATION"},
      {event::F_ADDR_SIZE, "F_ADDR_SIZE"},
      {event::F_ACCESS, "F_ACCESS"},
      {event::F_PERMISSION, "F_PERMISSION"},
      {event::E_PAGE_REQUEST, "E_PAGE_REQUEST"},
  };
  for (const auto& [type, name] : types) {
    CAPTURE(name);
    CHECK(record(name).type() == type);
  }
  const EventWords permission = record("F_PERMISSION");
  CHECK(permission.w[0] == event::head(event::F_PERMISSION, 0x89ABCDEF, 0x54321));
  CHECK(record("F_STREAM_DISABLED").w[0] == event::head(event::F_STREAM_DISABLED, 0x89ABCDEF));
  CHECK(record("C_BAD_SUBSTREAMID").w[0] ==
        (event::head(event::C_BAD_SUBSTREAMID, 0x89ABCDEF, 0x54321) & ~event::kSsv));
  CHECK(permission.sid() == 0x89ABCDEF);
  CHECK(permission.ssv());
  CHECK(permission.stag() == 0xBEEF);
  CHECK(permission.stall());
  CHECK(permission.attributes() == (event::kPnU | event::kInD | event::kRnW));
  CHECK(permission.s2());
  CHECK(permission.table_read());
  CHECK(permission.cls() == event::kClassTT);
  CHECK(permission.w[2] == 0x0123456789ABCDEF);
  CHECK(permission.ipa() == 0x00DCBA9876543000);
  const EventWords translation = record("F_TRANSLATION");
  CHECK(translation.attributes() == (event::kPnU | event::kRnW));
  CHECK(translation.w[1] ==
        (event::cls(event::kClassIN) | event::kRnW | event::kPnU | event::kStall | 0xBEEF));
  CHECK(record("F_BAD_ATS_TREQ").w[1] == (event::kAsksR | event::kAsksX | 0xB));
  CHECK(record("E_PAGE_REQUEST").w[1] == (event::span(0xA5) | event::kUr | event::kUx | event::kPw));
}

}  // namespace
}  // namespace smmu_vp::spec
