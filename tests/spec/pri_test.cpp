// PRI queue entries against the diagram of chapter 8.
#include "tlm/spec/pri.h"

#include <doctest/doctest.h>

#include "tests/spec/record_check.h"
#include "tests/support/page_requests.h"

namespace smmu_vp::spec {
namespace {

TEST_CASE("a page request's fields are at the bits of its diagram") {
  CHECK(encode<2>(ppr::kFields, {{"StreamID", 0x89ABCDEF},
                                 {"SubstreamID", 0x54321},
                                 {"Priv", 0},
                                 {"X", 1},
                                 {"R", 0},
                                 {"W", 1},
                                 {"Last", 0},
                                 {"SSV", 1},
                                 {"PRGIndex", 0x1A5},
                                 {"Address", 0xFEDCBA9876543}}) ==
        std::array<u64, 2>{0xA805432189ABCDEF, 0xFEDCBA98765431A5});
  CHECK(encode<2>(ppr::kFields, {{"Priv", 1}, {"R", 1}, {"Last", 1}}) ==
        std::array<u64, 2>{0x5400000000000000, 0});
}

TEST_CASE("other tests write page requests where the diagram has each field") {
  namespace other = test::ppr;
  CHECK(other::entry(0x89ABCDEF, 0x54321, 0xFEDCBA9876543FFF, 0x1A5, other::kX | other::kW) ==
        std::array<u64, 2>{0xA805432189ABCDEF, 0xFEDCBA98765431A5});
  CHECK(other::entry(0, {}, 0, 0, other::kPriv | other::kR | other::kLast) ==
        std::array<u64, 2>{0x5400000000000000, 0});
  CHECK(other::prg_index(0xFEDCBA98765431A5) == 0x1A5);
}

TEST_CASE("a stop marker is Last alone with a PASID") {
  CHECK(ppr::is_stop_marker({{0xC005432189ABCDEF, 0}}));
  CHECK_FALSE(ppr::is_stop_marker({{0x4000000089ABCDEF, 0}}));  // no PASID: a page request
  CHECK_FALSE(ppr::is_stop_marker({{0xD005432189ABCDEF, 0}}));  // reads
  CHECK_FALSE(ppr::is_stop_marker({{0xE005432189ABCDEF, 0}}));  // writes
  CHECK_FALSE(ppr::is_stop_marker({{0x8005432189ABCDEF, 0}}));  // not Last
}

TEST_CASE("response codes are those of 8.3") {
  CHECK(static_cast<unsigned>(ResponseCode::kSuccess) == 0b0000);
  CHECK(static_cast<unsigned>(ResponseCode::kInvalidRequest) == 0b0001);
  CHECK(static_cast<unsigned>(ResponseCode::kResponseFailure) == 0b1111);
  CHECK(test::prg::kSuccess == 0b0000);
  CHECK(test::prg::kInvalidRequest == 0b0001);
  CHECK(test::prg::kResponseFailure == 0b1111);
}

}  // namespace
}  // namespace smmu_vp::spec
