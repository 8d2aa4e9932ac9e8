// The fault table of 5.5, and event records as words of 7.3.
#include <doctest/doctest.h>

#include "tlm/core/event_record.h"

namespace smmu_vp::test {

using namespace core;
using enum spec::EventId;

TEST_CASE("A, R and S decide what becomes of each Translation-related fault") {
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

TEST_CASE("event records, word by word") {
  const Access a{.sid = 0x1234, .ssv = true, .ssid = 0xABCDE, .address = 0xFFFF'1234'5678'9ABC};
  using Words = std::array<u64, 4>;
  CHECK(event_record({C_BAD_STREAMID}, a).w == Words{0x0000'1234'ABCD'E802, 0, 0, 0});
  CHECK(event_record({F_STE_FETCH, 0xF0'1234'5678}, a).w ==
        Words{0x0000'1234'ABCD'E803, 0, 0, 0xF0'1234'5678});
  CHECK(event_record({C_BAD_STE}, a).w == Words{0x0000'1234'ABCD'E804, 0, 0, 0});
  CHECK(event_record({F_STREAM_DISABLED}, a).w == Words{0x0000'1234'0000'0006, 0, 0, 0});
  CHECK(event_record({F_TRANSL_FORBIDDEN}, a).w ==
        Words{0x0000'1234'0000'0007, 0x0000'0008'0000'0000, 0xFFFF'1234'5678'9ABC, 0});
  CHECK(event_record({C_BAD_SUBSTREAMID}, a).w == Words{0x0000'1234'ABCD'E008, 0, 0, 0});
  CHECK(event_record({F_CD_FETCH, 0x40}, a).w == Words{0x0000'1234'ABCD'E809, 0, 0, 0x40});
  CHECK(event_record({C_BAD_CD}, a).w == Words{0x0000'1234'ABCD'E80A, 0, 0, 0});
  // RnW in bit 99, CLASS TT in [105:104], FetchAddr where it is.
  CHECK(event_record({F_WALK_EABT, 0x1008}, a).w ==
        Words{0x0000'1234'ABCD'E80B, 0x0000'0108'0000'0000, 0xFFFF'1234'5678'9ABC, 0x1008});
  // CLASS IN.
  CHECK(event_record({F_TRANSLATION}, a).w ==
        Words{0x0000'1234'ABCD'E810, 0x0000'0208'0000'0000, 0xFFFF'1234'5678'9ABC, 0});
}

TEST_CASE("a stalled fault's record carries Stall and STAG, and attributes are those of the access") {
  const Access write{.sid = 1, .address = 0x1000, .write = true, .priv = true, .exec = true};
  CHECK(event_record({F_PERMISSION}, write, u16{0xBEEF}).w ==
        std::array<u64, 4>{0x0000'0001'0000'0013, 0x0000'0202'8000'BEEF, 0x1000, 0});
  const Access fetch{.sid = 1, .address = 0x1000, .priv = true, .exec = true};
  CHECK(event_record({F_ACCESS}, fetch).w ==
        std::array<u64, 4>{0x0000'0001'0000'0012, 0x0000'020E'0000'0000, 0x1000, 0});
}

TEST_CASE("records of unsupported transactions and of page hints word by word") {
  using Words = std::array<u64, 4>;
  // 7.3.2: attributes as they came in; RnW 99, InD 98, PnU 97.
  CHECK(event_record({F_UUT}, {.sid = 0x77,
                               .ssv = true,
                               .ssid = 0x12345,
                               .address = 0x8000'0000'0000'1234,
                               .priv = true,
                               .exec = true})
            .w == Words{0x0000'0077'1234'5801, 0x0000'000E'0000'0000, 0x8000'0000'0000'1234, 0});
  // 7.3.19: uX 97, uW 98, uR 99, pX 101, pW 102, pR 103, Span [115:108], InputAddr[63:12].
  const PageHint hint{
      .sid = 9, .ssv = true, .ssid = 5, .address = 0x7000'1234'5FFF, .span = 0xA5, .read = true};
  CHECK(page_hint(hint).w == Words{0x0000'0009'0000'5824, 0x000A'5008'0000'0000, 0x7000'1234'5000, 0});
  PageHint privileged = hint;
  privileged.priv = privileged.write = privileged.exec = true;
  privileged.ssv = false;
  CHECK(page_hint(privileged).w == Words{0x0000'0009'0000'0024, 0x000A'50E0'0000'0000, 0x7000'1234'5000, 0});
}

TEST_CASE("F_BAD_ATS_TREQ tells what the request asked for") {
  Access a{.sid = 2, .ssv = true, .ssid = 5, .address = 0x7000'0000'1000, .write = true, .exec = true};
  CHECK(bad_translation_request(a, 1).w ==
        std::array<u64, 4>{0x0000'0002'0000'5805, 0xE000'0001, 0x7000'0000'1000, 0});
  a.write = a.exec = false;
  a.priv = true;
  CHECK(bad_translation_request(a, 8).w ==
        std::array<u64, 4>{0x0000'0002'0000'5805, 0x9000'0008, 0x7000'0000'1000, 0});
}

}  // namespace smmu_vp::test
