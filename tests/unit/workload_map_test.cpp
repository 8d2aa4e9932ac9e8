// The memory map that events change, and the same map in a process with larger pages.
#include <doctest/doctest.h>

#include <map>

#include "testbench/runs/workload/page_map.h"

namespace smmu_vp::tb::test {

namespace {

using Kind = MapEvent::Kind;
constexpr Rights kNone{}, kRead{true, false, false}, kReadWrite{true, true, false},
    kReadExecute{true, false, true};

MapEvent event(Kind kind, u64 start, u64 end, Rights rights = {}) {
  return {kind, {start, end, rights, ""}};
}

// A process's rights on each mapped page after the changes. Checks that each change is possible, as the
// kernel's mmap refuses ranges already mapped.
class Process {
 public:
  explicit Process(u64 page) : page_(page), map_(page) {}
  void apply(const MapEvent& e) {
    for (const PageChange& c : map_.apply(e)) {
      REQUIRE((c.start | c.end) % page_ == 0);
      for (u64 va = c.start; va < c.end; va += page_) {
        const auto it = pages_.find(va);
        const Rights before = it == pages_.end() ? Rights{} : it->second;
        if (c.kind == Kind::kMap) CHECK(it == pages_.end());
        if (c.kind == Kind::kProtect) CHECK(it != pages_.end());
        if (c.narrows) CHECK(before.includes(c.rights));
        if (c.kind == Kind::kUnmap)
          pages_.erase(va);
        else
          pages_[va] = c.rights;
      }
    }
  }
  const std::map<u64, Rights>& pages() const { return pages_; }

 private:
  u64 page_;
  PageMap map_;
  std::map<u64, Rights> pages_;
};

}  // namespace

TEST_CASE("events change the map as the system calls of the same names do") {
  MemoryMap map({{0x1000, 0x5000, kReadWrite, "a"}});
  CHECK(!map.apply(event(Kind::kProtect, 0x2000, 0x3000, kRead)));
  CHECK(!map.apply(event(Kind::kUnmap, 0x4000, 0x9000)));
  CHECK(!map.apply(event(Kind::kMap, 0x8000, 0x9000, kReadExecute)));
  CHECK(map.areas() == std::vector<Vma>{{0x1000, 0x2000, kReadWrite, "a"},
                                        {0x2000, 0x3000, kRead, "a"},
                                        {0x3000, 0x4000, kReadWrite, "a"},
                                        {0x8000, 0x9000, kReadExecute, ""}});
  CHECK(map.find(0x2ff8, 8)->rights == kRead);
  CHECK(map.find(0x2ff8, 9) == nullptr);
  CHECK(map.find(0x4000, 1) == nullptr);
}

TEST_CASE("adjacent areas with equal properties become one") {
  MemoryMap map({{0x1000, 0x2000, kRead, "a"}, {0x2000, 0x3000, kRead, "a"}});
  CHECK(map.areas().size() == 1);
  map.apply(event(Kind::kProtect, 0x1000, 0x2000, kReadWrite));
  CHECK(map.areas().size() == 2);
  map.apply(event(Kind::kProtect, 0x1000, 0x2000, kRead));
  CHECK(map.areas().size() == 1);
}

TEST_CASE("a refused event changes nothing") {
  MemoryMap map({{0x1000, 0x3000, kRead, "a"}});
  const std::vector<Vma> before = map.areas();
  CHECK(map.apply(event(Kind::kMap, 0x2000, 0x4000, kRead)));
  CHECK(map.apply(event(Kind::kProtect, 0x2000, 0x4000, kReadWrite)));
  CHECK(map.apply(event(Kind::kUnmap, 0x2000, 0x2000)));
  CHECK(map.apply(event(Kind::kUnmap, 0x2001, 0x3000)));
  CHECK(map.apply(event(Kind::kUnmap, 0x2000, kWorkloadEnd + 0x1000)));
  CHECK(map.areas() == before);
}

TEST_CASE("with the recorded page size every event is one equal change") {
  PageMap map(4096);
  for (const MapEvent& e :
       {event(Kind::kMap, 0x1000, 0x9000, kReadWrite), event(Kind::kProtect, 0x3000, 0x4000, kRead),
        event(Kind::kUnmap, 0x2000, 0x6000), event(Kind::kUnmap, 0x2000, 0x6000)}) {
    const auto changes = map.apply(e);
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == e.kind);
    CHECK(changes[0].start == e.area.start);
    CHECK(changes[0].end == e.area.end);
    CHECK(changes[0].rights == e.area.rights);
  }
}

TEST_CASE("a large page has the rights of all areas in it and exists as long as any of them") {
  Process process(0x10000);
  process.apply(event(Kind::kMap, 0x1000, 0x3000, kRead));
  CHECK(process.pages() == std::map<u64, Rights>{{0, kRead}});
  process.apply(event(Kind::kMap, 0x8000, 0x12000, kReadWrite));
  CHECK(process.pages() == std::map<u64, Rights>{{0, kReadWrite}, {0x10000, kReadWrite}});
  process.apply(event(Kind::kMap, 0x3000, 0x4000, kReadExecute));
  CHECK(process.pages().at(0) == (kReadWrite | kReadExecute));
  process.apply(event(Kind::kUnmap, 0x8000, 0x12000));
  CHECK(process.pages() == std::map<u64, Rights>{{0, kReadExecute}});
  process.apply(event(Kind::kProtect, 0x3000, 0x4000, kNone));
  CHECK(process.pages() == std::map<u64, Rights>{{0, kRead}});
  process.apply(event(Kind::kProtect, 0x1000, 0x4000, kNone));
  CHECK(process.pages() == std::map<u64, Rights>{{0, kNone}});
  process.apply(event(Kind::kUnmap, 0, 0x10000));
  CHECK(process.pages().empty());
}

TEST_CASE("a right to write or execute includes the right to read") {
  Process process(0x4000);
  process.apply(event(Kind::kMap, 0x0000, 0x4000, {false, true, false}));
  process.apply(event(Kind::kMap, 0x4000, 0x5000, {false, false, true}));
  CHECK(process.pages() == std::map<u64, Rights>{{0, kReadWrite}, {0x4000, kReadExecute}});
}

TEST_CASE("after random events each page matches the areas in it") {
  for (const u64 page : {u64{0x1000}, u64{0x4000}, u64{0x10000}}) {
    Process process(page);
    MemoryMap recorded;
    u64 state = page;
    const auto random = [&state](u64 below) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return (state >> 33) % below;
    };
    unsigned applied = 0;
    for (unsigned round = 0; round < 4000; ++round) {
      const u64 start = random(64) * 0x1000, end = start + (1 + random(24)) * 0x1000;
      const MapEvent e =
          event(static_cast<Kind>(1 + random(3)), start, end, {true, random(2) != 0, random(2) != 0});
      if (recorded.apply(e)) continue;
      ++applied;
      process.apply(e);
      std::map<u64, Rights> expected;
      for (u64 va = 0; va < 0x60000; va += 0x1000) {
        if (const Vma* vma = recorded.find(va, 1)) {
          Rights& rights = expected[va / page * page];
          rights = rights | vma->rights;
        }
      }
      CHECK(process.pages() == expected);
    }
    CHECK(applied > 500);
  }
}

}  // namespace smmu_vp::tb::test
