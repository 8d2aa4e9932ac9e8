// The fault table of 5.5, and event records as words of 7.3.
#include <doctest/doctest.h>

#include "tests/support/events.h"
#include "tlm/core/event_record.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

TEST_CASE("A, R and S determine the response to each Translation-related fault") {
  struct Row {
    bool a, r, s;
    bool stall, record, raz_wi;
  };
  const Row rows[] = {
      {0, 0, 0, false, false, true}, {0, 1, 0, false, true, true}, {1, 0, 0, false, false, false},
      {1, 1, 0, false, true, false}, {0, 0, 1, true, true, false}, {1, 0, 1, true, true, false},
      {0, 1, 1, true, true, false},  {1, 1, 1, true, true, false},
  };
  for (const spec::EventId event : {F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION}) {
    for (const Row& row : rows) {
      const FaultResponse out = respond({event}, {.abort = row.a, .record = row.r, .stall = row.s}, false);
      CHECK(out.stall == row.stall);
      CHECK(out.record == row.record);
      CHECK(out.raz_wi == row.raz_wi);
    }
  }
}

TEST_CASE("all other faults abort and are recorded, whatever A, R and S say") {
  for (const spec::EventId event :
       {F_STE_FETCH, C_BAD_STE, C_BAD_SUBSTREAMID, F_STREAM_DISABLED, F_CD_FETCH, C_BAD_CD, F_WALK_EABT}) {
    const FaultResponse out = respond({event}, {.abort = false, .record = false, .stall = true}, false);
    CHECK_FALSE(out.stall);
    CHECK(out.record);
    CHECK_FALSE(out.raz_wi);
  }
  CHECK_FALSE(respond({C_BAD_STREAMID}, {}, false).record);
  CHECK(respond({C_BAD_STREAMID}, {}, true).record);
}

TEST_CASE("event records match the manual word by word") {
  const spec::Access a{.who = {0x1234, 0xABCDE}, .address = 0xFFFF'1234'5678'9ABC};
  using Words = std::array<u64, 4>;
  CHECK(event_record({C_BAD_STREAMID}, a).w ==
        Words{event::head(event::C_BAD_STREAMID, 0x1234, 0xABCDE), 0, 0, 0});
  CHECK(event_record({F_STE_FETCH, 0xF0'1234'5678}, a).w ==
        Words{event::head(event::F_STE_FETCH, 0x1234, 0xABCDE), 0, 0, 0xF0'1234'5678});
  CHECK(event_record({C_BAD_STE}, a).w == Words{event::head(event::C_BAD_STE, 0x1234, 0xABCDE), 0, 0, 0});
  CHECK(event_record({F_STREAM_DISABLED}, a).w ==
        Words{event::head(event::F_STREAM_DISABLED, 0x1234), 0, 0, 0});
  CHECK(event_record({F_TRANSL_FORBIDDEN}, a).w ==
        Words{event::head(event::F_TRANSL_FORBIDDEN, 0x1234), event::kRnW, 0xFFFF'1234'5678'9ABC, 0});
  CHECK(event_record({C_BAD_SUBSTREAMID}, a).w ==
        Words{event::head(event::C_BAD_SUBSTREAMID, 0x1234, 0xABCDE) & ~event::kSsv, 0, 0, 0});
  CHECK(event_record({F_CD_FETCH, 0x40}, a).w ==
        Words{event::head(event::F_CD_FETCH, 0x1234, 0xABCDE), 0, 0, 0x40});
  CHECK(event_record({C_BAD_CD}, a).w == Words{event::head(event::C_BAD_CD, 0x1234, 0xABCDE), 0, 0, 0});
  CHECK(event_record({F_WALK_EABT, 0x1008}, a).w == Words{event::head(event::F_WALK_EABT, 0x1234, 0xABCDE),
                                                          event::cls(event::kClassTT) | event::kRnW,
                                                          0xFFFF'1234'5678'9ABC, 0x1008});
  CHECK(event_record({F_TRANSLATION}, a).w == Words{event::head(event::F_TRANSLATION, 0x1234, 0xABCDE),
                                                    event::cls(event::kClassIN) | event::kRnW,
                                                    0xFFFF'1234'5678'9ABC, 0});
}

TEST_CASE("a stalled fault's record carries Stall and STAG, and attributes are those of the access") {
  const spec::Access write{
      .who = {.sid = 1}, .address = 0x1000, .intent = {.write = true, .exec = true, .priv = true}};
  CHECK(event_record({F_PERMISSION}, write, u16{0xBEEF}).w ==
        std::array<u64, 4>{event::head(event::F_PERMISSION, 1),
                           event::cls(event::kClassIN) | event::kPnU | event::kStall | 0xBEEF, 0x1000, 0});
  const spec::Access fetch{
      .who = {.sid = 1}, .address = 0x1000, .intent = {.read = true, .exec = true, .priv = true}};
  CHECK(event_record({F_ACCESS}, fetch).w ==
        std::array<u64, 4>{event::head(event::F_ACCESS, 1),
                           event::cls(event::kClassIN) | event::kRnW | event::kInD | event::kPnU, 0x1000, 0});
}

TEST_CASE("records of unsupported transactions and of page hints match the manual word by word") {
  using Words = std::array<u64, 4>;
  // 7.3.2: attributes as they came in.
  CHECK(event_record({F_UUT}, {.who = {0x77, 0x12345},
                               .address = 0x8000'0000'0000'1234,
                               .intent = {.read = true, .exec = true, .priv = true}})
            .w == Words{event::head(event::F_UUT, 0x77, 0x12345), event::kRnW | event::kInD | event::kPnU,
                        0x8000'0000'0000'1234, 0});
  // 7.3.19: InputAddr[63:12].
  const spec::Access hint{.who = {9, 5}, .address = 0x7000'1234'5FFF, .intent = {.read = true}};
  CHECK(page_hint(hint, 0xA5).w ==
        Words{event::head(event::E_PAGE_REQUEST, 9, 5), event::span(0xA5) | event::kUr, 0x7000'1234'5000, 0});
  const spec::Access privileged{.who = {.sid = 9},
                                .address = hint.address,
                                .intent = {.read = true, .write = true, .exec = true, .priv = true}};
  CHECK(page_hint(privileged, 0xA5).w == Words{event::head(event::E_PAGE_REQUEST, 9),
                                               event::span(0xA5) | event::kPr | event::kPw | event::kPx,
                                               0x7000'1234'5000, 0});
}

TEST_CASE("F_BAD_ATS_TREQ reports what the request asked for") {
  spec::Access a{
      .who = {2, 5}, .address = 0x7000'0000'1000, .intent = {.read = true, .write = true, .exec = true}};
  CHECK(bad_translation_request(a, 1).w ==
        std::array<u64, 4>{event::head(event::F_BAD_ATS_TREQ, 2, 5),
                           event::kAsksR | event::kAsksW | event::kAsksX | 1, 0x7000'0000'1000, 0});
  a.intent = {.read = true, .priv = true};
  CHECK(bad_translation_request(a, 8).w == std::array<u64, 4>{event::head(event::F_BAD_ATS_TREQ, 2, 5),
                                                              event::kAsksR | event::kAsksP | 8,
                                                              0x7000'0000'1000, 0});
}

}  // namespace smmu_vp::test
