// Which commands cover a range: values worked out from 4.4.1.1 and 4.5.1 by hand.
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "sw_driver/smmu_v3/ranges.h"

using namespace smmu_vp;
using namespace smmu_vp::sw;

namespace {

using ScaleNum = std::vector<std::pair<u64, u64>>;

ScaleNum ranges(u64 pages) {
  ScaleNum out;
  for_each_range_tlbi({.address = 0x4000'0000, .pages = pages, .page_shift = 12},
                      [&](const RangeTlbi& r) { out.emplace_back(r.scale, r.num); });
  return out;
}

}  // namespace

TEST_CASE("range commands cover a number of pages with few SCALE, NUM pairs") {
  CHECK(ranges(1) == ScaleNum{{1, 0}});
  CHECK(ranges(2) == ScaleNum{{1, 0}});
  CHECK(ranges(3) == ScaleNum{{0, 2}});
  CHECK(ranges(32) == ScaleNum{{5, 0}});
  CHECK(ranges(33) == ScaleNum{{1, 16}});
  CHECK(ranges(63) == ScaleNum{{0, 30}, {5, 0}});
  CHECK(ranges(511) == ScaleNum{{0, 30}, {5, 14}});
  CHECK(ranges(512) == ScaleNum{{9, 0}});
  CHECK(ranges(513) == ScaleNum{{1, 0}, {9, 0}});
  CHECK(ranges(1000) == ScaleNum{{3, 28}, {8, 2}});
}

TEST_CASE("every page is covered, in ascending pieces, and never by the reserved NUM 0, SCALE 0") {
  for (u64 pages = 1; pages < 5000; ++pages) {
    u64 next = 0x4000'0000;
    for_each_range_tlbi({.address = 0x4000'0000, .pages = pages, .page_shift = 12}, [&](const RangeTlbi& r) {
      REQUIRE(r.address == next);
      REQUIRE(r.num <= 31);
      REQUIRE(r.num + r.scale != 0);
      next += (r.num + 1) << (r.scale + 12);
    });
    const u64 covered = (next - 0x4000'0000) >> 12;
    REQUIRE(covered >= pages);
    REQUIRE(covered <= pages + 1);
  }
}

TEST_CASE("an ATC invalidation is the aligned power of two that holds the range") {
  const auto block = [](u64 first, u64 last) {
    const AtcBlock b = atc_block(first << 12, (last + 1) << 12);
    return std::pair(b.address >> 12, b.size);
  };
  CHECK(block(8, 11) == std::pair<u64, u64>(8, 2));
  CHECK(block(7, 10) == std::pair<u64, u64>(0, 4));
  CHECK(block(5, 5) == std::pair<u64, u64>(5, 0));
  CHECK(block(0x7ff, 0x800) == std::pair<u64, u64>(0, 12));
  CHECK(block(0x7ffff, 0x80000) == std::pair<u64, u64>(0, 20));
}

TEST_CASE("range instructions of a PE cover every page with one of each SCALE at most and one odd page") {
  for (const u64 pages : {u64{1}, u64{2}, u64{63}, u64{1001}, u64{0x1F'FFFF}}) {
    u64 next = 0;
    unsigned pieces = 0;
    for_each_broadcast(pages, [&](u64 page, u64 count) {
      CHECK(page == next);
      next += count;
      ++pieces;
    });
    CHECK(next == pages);
    CHECK(pieces <= 5);
  }
}
