// The monitors' map behaves like std::map.
#include <doctest/doctest.h>

#include <map>

#include "testbench/observe/monitors/flat_map.h"

namespace smmu_vp::tb::test {

TEST_CASE("Insertions, erasures and range queries give what an ordered map gives") {
  FlatMap<u64> flat;
  std::map<u64, u64> ordered;
  u64 state = 1;
  for (int step = 0; step < 20'000; ++step) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const u64 key = (state >> 40) % 300;
    if ((state >> 60) < 9) {
      flat[key] = state;
      ordered[key] = state;
    } else {
      CHECK(flat.erase(key) == (ordered.erase(key) == 1));
    }
  }
  CHECK(flat.size() == ordered.size());
  std::vector<u64> all, part;
  for (const auto& [key, value] : ordered) {
    all.push_back(key);
    if (key >= 50 && key <= 90) part.push_back(key);
    REQUIRE(flat.find(key) != nullptr);
    CHECK(*flat.find(key) == value);
  }
  CHECK(flat.keys() == all);
  CHECK(flat.keys_in(50, 90) == part);
  CHECK(flat.keys_in(90, 50).empty());
}

}  // namespace smmu_vp::tb::test
